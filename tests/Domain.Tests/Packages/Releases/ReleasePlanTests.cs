using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Releases;
using static EventSourced.Domain.Tests.Packages.Releases.Releasing;

namespace EventSourced.Domain.Tests.Packages.Releases;

public sealed class ReleasePlanTests
{
    private const string Homeless = """{"package": {"full_name": "bush_1.0_amd64.deb"}, "repositories": []}""";

    [Fact]
    public void A_plan_is_safe_when_every_package_has_a_target_that_has_nothing_of_its_name()
    {
        Assert.True(IsSafe(Plan));
        Assert.True(IsSafe(Plan, new PackageInRepository(First, "bush_1.0_amd64.deb", "aa11"), new PackageInRepository(new(13), Tally.Name, "aa11")));
    }

    [Fact]
    public void What_a_target_has_already_needs_a_person_also_when_it_is_the_same_file() =>
        Assert.False(IsSafe(Plan, new PackageInRepository(First, Tally.Name, Tally.Sha256)));

    [Theory]
    [InlineData(Homeless, "")]
    [InlineData("", "")]
    [InlineData("""{"package": {}}""", "")]
    [InlineData("""{"package": {"full_name": "tally_1.0_amd64.deb"}, "repositories": [{"id": 11}]}""", """, "modules": [{}]""")]
    public void A_package_without_a_target_an_empty_plan_and_what_would_be_left_out_need_a_person(string packages, string more) =>
        Assert.False(IsSafe(PlanOf(packages, more)));

    private static bool IsSafe(FreeJson plan, params PackageInRepository[] present) => ReleasePlan.Read(plan).IsSafe(present);
}
