using EventSourced.Workers.Tests.Packages;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>Our build node as a process, the only one for its arch: it builds, and is killed while it does.</summary>
internal sealed class BuildingNode(Uri master, IReadOnlyDictionary<string, string> settings)
{
    /// <summary>Its name, by which it finds its token.</summary>
    public const string Name = "build";

    private readonly List<RunningProcess> cutOff = [];
    private SupervisedHost? host;

    /// <summary>How often it was killed while a sandbox was there.</summary>
    public int CutOffBuilds { get; private set; }

    public NodeVictim Victim => new("the real build node", IsAtWork, () => IsAtWork() && host!.Kill(), LongestPause: 150);

    /// <summary>What ran for builds whose node was killed, and still does.</summary>
    public IEnumerable<string> Orphans => cutOff.Where(process => process.IsThere).Select(process => process.CommandLine);

    private string WorkFolder => Path.Combine(settings["Data__Path"], "node");

    public SupervisedHost Start() => host = new SupervisedHost("Workers", new Dictionary<string, string>(settings)
    {
        ["Roles"] = "node", ["Node__MasterUrl"] = master.ToString(), ["Node__Arches__0"] = TargetPlatform.BuiltArch, ["Git__PrivateHosts__0"] = "127.0.0.1",
    })
    {
        OnKill = NoteBuild,
    };

    private bool IsAtWork() => host!.HasWork(WorkFolder, "*");

    private void NoteBuild(int process)
    {
        var tree = ProcessTree.Below(process);
        cutOff.AddRange(tree);
        if (tree.Any(p => p.CommandLine.StartsWith("bwrap\0", StringComparison.Ordinal)))
            CutOffBuilds++;
    }
}
