using EventSourced.Workers.Packages.Reports;
using EventSourced.Workers.Packages.Signing;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>What the sign node signed, seen with gpg, rpm and the key it registered: all of every finished build, once, and nothing but signatures was added.</summary>
internal sealed class SignatureOutcomes(Installation installation, Database database) : IDisposable
{
    private const string Signatures =
        """
        select s.data ->> 'BuildTaskId' || ' ' || (a ->> 'Name') || ' ' || (u ->> 'Sha256') || ' ' || (a ->> 'Sha256')
        from mt_events s, jsonb_array_elements(s.data -> 'Artifacts') a, mt_events d, jsonb_array_elements(d.data -> 'Artifacts') u
        where s.type = 'build_artifacts_signed' and d.stream_id = s.stream_id and d.type = 'build_task_succeeded' and u ->> 'Id' = a ->> 'Id'
        """;

    private const string ToSign =
        """
        select data ->> 'BuildTaskId' || ' ' || (a ->> 'Name') from mt_events, jsonb_array_elements(data -> 'Artifacts') a
        where type = 'build_task_succeeded' and a ->> 'Name' ~ '\.(changes|buildinfo|rpm)$'
        """;

    private readonly TemporaryFolder folder = new();

    public async Task AssertAsync(CancellationToken token)
    {
        var key = Assert.Single(await database.ListAsync("select data -> 'Settings' ->> 'Fingerprint', data -> 'Settings' ->> 'PublicKey' from mt_events where type = 'sign_key_registered'", token));
        using var bench = await SignatureBench.PrepareAsync(new VerificationOptions { WorkPath = folder["verify"] }, key[(key.IndexOf(' ') + 1)..], key[..key.IndexOf(' ')], token);
        var files = installation.Artifacts().ToDictionary(file => Path.GetFileName(file), StringComparer.Ordinal);
        var signed = (await database.ListAsync(Signatures, token)).Select(line => line.Split(' ')).ToList();
        foreach (var file in signed)
        {
            Func<string, string, string, CancellationToken, Task> check = file[1].EndsWith(".rpm", StringComparison.Ordinal) ? bench.CheckRpmAsync : bench.CheckTextAsync;
            await check(file[1], files[file[2]], files[file[3]], token);
        }

        var toSign = await database.ListAsync(ToSign, token);
        Assert.Equal(toSign.Order(StringComparer.Ordinal), signed.Select(file => $"{file[0]} {file[1]}").Order(StringComparer.Ordinal));
    }

    public void Dispose() => folder.Dispose();
}
