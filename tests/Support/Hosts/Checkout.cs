namespace EventSourced.Support;

/// <summary>Where things are in the checkout this test was built from.</summary>
public static class Checkout
{
    public static string Root { get; } = FindRoot();

    /// <summary>The built program of a host (<c>Api</c>, <c>Workers</c>), in the configuration of the running test.</summary>
    public static string HostAssembly(string name)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        return Path.Combine(Root, "src", name, "bin", configuration, "net10.0", $"EventSourced.{name}.dll");
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "EventSourced.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("The test does not run inside a checkout.");
        return folder.FullName;
    }
}
