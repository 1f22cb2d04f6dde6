namespace EventSourced.Architecture.Tests;

public sealed class DirectionTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Api"] = ["Projections", "Messaging", "EventStore", "Domain", "ServiceDefaults"],
        ["Workers"] = ["Projections", "Messaging", "EventStore", "Domain", "ServiceDefaults"],
        ["Projections"] = ["Domain", "EventStore"],
        ["Messaging"] = ["EventStore"],
        ["Domain"] = [],
        ["EventStore"] = [],
        ["ServiceDefaults"] = [],
    };

    public static TheoryData<string> Projects => [.. Code.SourceProjects.Select(p => Path.GetFileNameWithoutExtension(p))];

    [Fact]
    public void Every_project_has_its_place() => Assert.Equal(Allowed.Keys.Order(), Projects.Select(p => p.Data).Order());

    [Theory]
    [MemberData(nameof(Projects))]
    public void References_point_one_way(string project)
    {
        var file = Code.SourceProjects.Single(p => Path.GetFileNameWithoutExtension(p) == project);
        var used = Code.Assembly(project).GetReferencedAssemblies().Select(a => a.Name!).Where(n => n.StartsWith("EventSourced.", StringComparison.Ordinal));

        Assert.Subset(Allowed[project].ToHashSet(), Code.ProjectReferences(file).ToHashSet());
        Assert.Subset(Allowed[project].ToHashSet(), used.Select(n => n["EventSourced.".Length..]).ToHashSet());
    }

    [Fact]
    public void The_domain_knows_nothing_but_the_base_class_library()
    {
        var project = Code.SourceProjects.Single(p => p.EndsWith("Domain.csproj", StringComparison.Ordinal));

        Assert.Empty(Code.PackageReferences(project));
        Assert.All(Code.Assembly("Domain").GetReferencedAssemblies(), a => Assert.StartsWith("System.", a.Name, StringComparison.Ordinal));
        Assert.DoesNotContain(Code.TypesUsedBy("Domain"), t =>
            t.StartsWith("System.Net.", StringComparison.Ordinal) || t.StartsWith("System.Data.", StringComparison.Ordinal) || t.StartsWith("System.IO.File", StringComparison.Ordinal));
    }

    [Fact]
    public void Namespaces_follow_folders()
    {
        var strays =
            from file in Code.Files("src")
            let folder = $"EventSourced.{string.Join('.', file.Split('/')[1..^1])}"
            let line = Code.Read(file).Split('\n').FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal))?.Trim()
            let declared = line?["namespace ".Length..^1]
            where declared is not null && declared != folder && !IsPublicSpaceOf(declared, folder)
            select $"{file}: {declared}";

        Assert.Empty(strays);
    }

    // What the two libraries offer stands in the namespaces their users import, whatever folder it is sorted into.
    private static bool IsPublicSpaceOf(string declared, string folder) =>
        (folder.StartsWith("EventSourced.EventStore.", StringComparison.Ordinal) || folder.StartsWith("EventSourced.Messaging.", StringComparison.Ordinal))
        && folder.StartsWith(declared + '.', StringComparison.Ordinal);
}
