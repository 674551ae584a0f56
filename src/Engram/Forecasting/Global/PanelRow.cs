namespace Engram.Forecasting;

/// <summary>A series as the networks see it: the covariates scaled, the words numbered.</summary>
/// <param name="Values">The values; NaN where one is missing.</param>
/// <param name="Count">How many values there are; forecasts that are fed back stand behind.</param>
/// <param name="Columns">Scaled covariates, 0 where one is missing: past ones, then those known ahead, then the calendar's.</param>
/// <param name="Statics">Scaled numbers.</param>
/// <param name="Categories">Numbers of words; 0 for one that training had not.</param>
internal sealed record PanelRow(double[] Values, int Count, float[][] Columns, float[] Statics, int[] Categories);
