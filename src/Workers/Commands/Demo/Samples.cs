namespace EventSourced.Workers.Commands.Demo;

/// <summary>The small real projects that lie beside the program.</summary>
public static class Samples
{
    public static string Greet => Path.Combine(AppContext.BaseDirectory, "samples", "greet");

    public static string Tally => Path.Combine(AppContext.BaseDirectory, "samples", "tally");
}
