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

    [Fact]
    public void Ids_of_repositories_may_be_decimal_strings()
    {
        var plan = ReleasePlan.Read(PlanOf(To("""{"id": "12"}, {"id": 11}, {"id": "11"}""")));

        Assert.Null(plan.Unreadable);
        Assert.Equal([First, Second], plan.Targets);
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("\"-11\"")]
    [InlineData("\" 11\"")]
    [InlineData("\"11.0\"")]
    [InlineData("\"0x0b\"")]
    [InlineData("\"99999999999\"")]
    [InlineData("11.5")]
    [InlineData("true")]
    [InlineData("null")]
    public void Nothing_else_is_an_id(string id) =>
        Assert.Equal("packages[0] of the plan lacks package.full_name, or repositories with an id", ReleasePlan.Read(PlanOf(To($$"""{"id": {{id}}}"""))).Unreadable);

    private static string To(string repositories) => $$"""{"package": {"full_name": "tally_1.0_amd64.deb"}, "repositories": [{{repositories}}]}""";

    private static bool IsSafe(FreeJson plan, params PackageInRepository[] present) => ReleasePlan.Read(plan).IsSafe(present);
}
