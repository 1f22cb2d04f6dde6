namespace EventSourced.Workers.Commands.Demo;

/// <summary>The small real projects that lie beside the program.</summary>
public static class Samples
{
    /// <summary>The C library of the machine, as <c>.deb</c> and <c>.rpm</c>.</summary>
    public static string Base => Path.Combine(AppContext.BaseDirectory, "samples", "base");

    public static string Greet => Path.Combine(AppContext.BaseDirectory, "samples", "greet");

    public static string Tally => Path.Combine(AppContext.BaseDirectory, "samples", "tally");
}
