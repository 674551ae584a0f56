namespace Engram;

/// <summary>
/// What Engram throws when data, shapes, a configuration or a file are not what they must be. The message names what was
/// wrong, where it was found and what would be right. A wrong argument of a single call is an <see cref="ArgumentException"/>
/// as everywhere in .NET.
/// </summary>
public class EngramException : Exception
{
    /// <summary>Creates the exception without a message; prefer one that names what, where and what would be right.</summary>
    public EngramException() { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was wrong, where, and what would be right.</param>
    public EngramException(string message) : base(message) { }

    /// <summary>Creates the exception around the one that led to it.</summary>
    /// <param name="message">What was wrong, where, and what would be right.</param>
    /// <param name="innerException">The exception that led to this one.</param>
    public EngramException(string message, Exception innerException) : base(message, innerException) { }
}
