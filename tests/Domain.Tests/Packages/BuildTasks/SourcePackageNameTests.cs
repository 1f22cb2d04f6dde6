using EventSourced.Domain.Packages.BuildTasks;

namespace EventSourced.Domain.Tests.Packages.BuildTasks;

public sealed class SourcePackageNameTests
{
    [Theory]
    [InlineData("tree-2.1-1.d9.x86_64.rpm", "tree-cli-2.1-1.d9.src.rpm", "tree-cli")]
    [InlineData("tree-2.1-1.d9.x86_64.rpm", null, null)]
    [InlineData("tree-2.1-1.d9.x86_64.rpm", "tree", null)]
    [InlineData("tree-2.1-1.d9.x86_64.rpm", "tree-2.1.src.rpm", null)]
    [InlineData("tree-2.1-1.d9.src.rpm", null, "said")]
    public void It_is_what_the_package_says(string file, string? source, string? name) =>
        Assert.Equal(name, SourcePackageName.Of(File(file) with { Meta = new("said", "0", "2.1", "1.d9", "x", "aa", source) }));

    [Theory]
    [InlineData("tree-cli-2.1-1.d9.src.rpm", "tree-cli")]
    [InlineData("tree-2.1-1.d9.x86_64.rpm", null)]
    public void A_source_package_that_says_nothing_has_its_files_name(string file, string? name) => Assert.Equal(name, SourcePackageName.Of(File(file)));

    private static BuildArtifact File(string name) => new(1, name, ArtifactType.Rpm, "/a/1/", "aa");
}
