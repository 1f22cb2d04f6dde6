using EventSourced.Domain.Packages.Builds;

namespace EventSourced.Domain.Tests.Packages.Builds;

public sealed class BuildRefTests
{
    [Theory]
    [InlineData("https://git.example.org/tree.git", "d9", BuildRefType.GitBranch)]
    [InlineData("https://git.example.org/tree.git", null, BuildRefType.GitBranch)]
    [InlineData("https://store.example.org/tree-2.1-1.src.rpm", null, BuildRefType.SrpmUrl)]
    [InlineData("https://git.example.org/odd.src.rpm", "d9", BuildRefType.GitBranch)]
    public void A_type_that_was_not_given_follows_from_the_rest(string url, string? gitRef, BuildRefType expected) =>
        Assert.Equal(expected, BuildRef.TypeOf(url, gitRef));
}
