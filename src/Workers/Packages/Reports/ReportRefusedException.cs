namespace EventSourced.Workers.Packages.Reports;

/// <summary>A report cannot be believed.</summary>
/// <param name="message">The reason, as shown to the user.</param>
public sealed class ReportRefusedException(string message) : Exception(message);
