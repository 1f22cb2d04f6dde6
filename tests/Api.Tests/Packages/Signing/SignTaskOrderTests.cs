using EventSourced.Api.Tests.Accounts;

namespace EventSourced.Api.Tests.Packages.Signing;

/// <summary>What is looked at first when somebody asks for a signature (albs 12.2).</summary>
public sealed class SignTaskOrderTests(BothHosts hosts) : IClassFixture<BothHosts>
{
    private const int Unknown = 2_000_000_000;

    private readonly SigningClient signing = new(hosts);

    [Fact]
    public async Task The_checks_are_made_in_the_order_of_the_contract()
    {
        await using var key = await GpgKey.MakeAsync();
        var rpms = await RpmFile.BuildAsync("tally", arch: "noarch");
        var (keyNumber, build) = (await signing.RegisterAsync(key), await signing.BuildAsync(rpms));
        var empty = await signing.BuildAsync((rpms.Source.Name, "rpm", rpms.Source.Bytes));
        var (nobody, signer) = (await hosts.Api.KeyOfNewAsync(), await hosts.Api.KeyOfNewAsync("signer"));

        await signing.Request(Unknown, Unknown).As(nobody).Expect(404);
        await signing.Request(empty, Unknown).As(nobody).Expect(400);
        await signing.Request(build, Unknown).As(nobody).Expect(404);
        await signing.Request(build, keyNumber).As(nobody).Expect(403);
        await signing.Request(build, keyNumber).As(hosts.Api.SignToken).Expect(403);
        await signing.Request(build, keyNumber).As(signer).Expect(200);
        await hosts.Api.Http.Post($"/api/sign-keys/{keyNumber}/archive").As(signing.Albs.Admin).Expect(204);
        await signing.Request(build, keyNumber).As(nobody).Expect(403);
        await signing.Request(build, keyNumber).As(signer).Expect(403);
        Assert.Contains("archived", (await signing.Request(build, keyNumber).As(signer).Expect(403)).Text, StringComparison.Ordinal);
    }
}
