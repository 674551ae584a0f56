using System.Globalization;
using System.Reflection;

namespace Engram.Docs.Tests;

/// <summary>An assembly's public surface as text: a line for each type and member that a user can see or override, in a fixed order.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext Nullability = new();

    /// <summary>Each type with its members, each line with the type's full name, so that a line means the same wherever it stands.</summary>
    public static IEnumerable<string> Describe(Assembly assembly) => assembly.GetTypes()
        .Where(IsVisible)
        .OrderBy(type => type.FullName, StringComparer.Ordinal)
        .SelectMany(type => Members(type).Select(member => $"{FullName(type)}: {member}").Order(StringComparer.Ordinal).Prepend(Header(type)));

    private static bool IsVisible(Type type) => type.IsNested
        ? (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem) && IsVisible(type.DeclaringType!)
        : type.IsPublic;

    private static string Header(Type type)
    {
        string kind = type.IsEnum ? "enum" : type.IsInterface ? "interface"
            : type.IsValueType ? "struct"
            : type.IsAbstract && type.IsSealed ? "static class"
            : type.IsAbstract ? "abstract class"
            : type.IsSealed ? "sealed class" : "class";
        IEnumerable<string> bases = type.GetInterfaces().Where(IsVisible).Select(Name).Order(StringComparer.Ordinal);
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) && parent != typeof(Enum)) { bases = bases.Prepend(Name(parent)); }
        string list = type.IsEnum ? "" : string.Join(", ", bases);
        return $"{kind} {FullName(type)}{(list.Length > 0 ? " : " + list : "")}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            return type.GetFields(BindingFlags.Public | BindingFlags.Static)
                .Select(field => $"{field.Name} = {Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}");
        }

        IEnumerable<string> fields = type.GetFields(Declared).Where(field => IsSeen(field.Attributes))
            .Select(field => $"{(field.IsLiteral ? "const " : field.IsStatic ? "static " : "")}{Name(field.FieldType)} {field.Name}");
        IEnumerable<string> constructors = type.GetConstructors(Declared).Where(IsSeen)
            .Select(constructor => $"{Access(constructor)}new({Parameters(constructor)})");
        IEnumerable<string> properties = type.GetProperties(Declared)
            .Where(property => Accessors(property).Any())
            .Select(Property);
        IEnumerable<string> methods = type.GetMethods(Declared)
            .Where(method => IsSeen(method) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)) && !method.Name.Contains('<', StringComparison.Ordinal))
            .Select(method => $"{Access(method)}{Modifiers(method)}{Name(method.ReturnType)}{Mark(Nullability.Create(method.ReturnParameter))} {method.Name}{Generics(method)}({Parameters(method)})");
        return [.. fields, .. constructors, .. properties, .. methods];
    }

    private static string Property(PropertyInfo property)
    {
        MethodInfo first = Accessors(property).First();
        string accessors = string.Join(' ', Accessors(property).Select(accessor => accessor == property.GetMethod ? "get;"
            : accessor.ReturnParameter.GetRequiredCustomModifiers().Any(modifier => modifier.Name == "IsExternalInit") ? "init;" : "set;"));
        bool required = property.CustomAttributes.Any(attribute => attribute.AttributeType.Name == "RequiredMemberAttribute");
        string index = property.GetIndexParameters().Length > 0 ? $"[{string.Join(", ", property.GetIndexParameters().Select(Parameter))}]" : "";
        NullabilityInfo info = Nullability.Create(property);
        return $"{Access(first)}{(required ? "required " : "")}{Modifiers(first)}{Name(property.PropertyType)}{Mark(info)} {property.Name}{index} {{ {accessors} }}";
    }

    private static IEnumerable<MethodInfo> Accessors(PropertyInfo property) =>
        new[] { property.GetMethod, property.SetMethod }.OfType<MethodInfo>().Where(IsSeen);

    private static bool IsSeen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsSeen(FieldAttributes field) =>
        (field & FieldAttributes.FieldAccessMask) is FieldAttributes.Public or FieldAttributes.Family or FieldAttributes.FamORAssem;

    private static string Access(MethodBase method) => method.IsPublic ? "" : "protected ";

    private static string Modifiers(MethodInfo method) => method.IsStatic ? "static "
        : method.DeclaringType!.IsInterface ? ""
        : method.GetBaseDefinition() != method ? (method.IsFinal ? "sealed override " : "override ")
        : method.IsAbstract ? "abstract "
        : method.IsVirtual && !method.IsFinal ? "virtual " : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        string prefix = parameter.IsOut ? "out " : parameter.ParameterType.IsByRef ? "ref "
            : parameter.CustomAttributes.Any(attribute => attribute.AttributeType.Name is "ParamArrayAttribute" or "ParamCollectionAttribute") ? "params " : "";
        string value = !parameter.HasDefaultValue ? "" : " = " + parameter.RawDefaultValue switch
        {
            null => parameter.ParameterType.IsValueType ? "default" : "null",
            string text => $"\"{text}\"",
            bool flag => flag ? "true" : "false",
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => "?",
        };
        return $"{prefix}{Name(parameter.ParameterType)}{Mark(Nullability.Create(parameter))} {parameter.Name}{value}";
    }

    private static string Generics(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : "";

    private static string Mark(NullabilityInfo info) => info.ReadState == NullabilityState.Nullable && !info.Type.IsValueType ? "?" : "";

    private static string FullName(Type type) => type.DeclaringType is { } outer ? $"{FullName(outer)}.{Name(type)}" : $"{type.Namespace}.{Name(type)}";

    private static string Name(Type type)
    {
        if (type.IsByRef) { return Name(type.GetElementType()!); }
        if (type.IsPointer) { return Name(type.GetElementType()!) + "*"; }
        if (type.IsArray) { return $"{Name(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]"; }
        if (Nullable.GetUnderlyingType(type) is { } underlying) { return Name(underlying) + "?"; }
        if (type.IsGenericParameter || !type.IsGenericType) { return Keyword(type); }
        string[] arguments = [.. type.GetGenericArguments().Select(Name)];
        return type.FullName?.StartsWith("System.ValueTuple`", StringComparison.Ordinal) == true
            ? $"({string.Join(", ", arguments)})"
            : $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", arguments)}>";
    }

    private static string Keyword(Type type) => type.IsEnum ? type.Name : Type.GetTypeCode(type) switch
    {
        TypeCode.Boolean => "bool",
        TypeCode.Byte => "byte",
        TypeCode.Char => "char",
        TypeCode.Double => "double",
        TypeCode.Int32 => "int",
        TypeCode.Int64 => "long",
        TypeCode.Single => "float",
        TypeCode.String => "string",
        TypeCode.UInt32 => "uint",
        TypeCode.UInt64 => "ulong",
        _ => type == typeof(object) ? "object" : type == typeof(void) ? "void" : type.Name,
    };
}
