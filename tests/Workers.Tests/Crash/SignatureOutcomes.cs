using EventSourced.Workers.Packages.Reports;
using EventSourced.Workers.Packages.Signing;

namespace EventSourced.Workers.Tests.Crash;

/// <summary>What the sign node signed, seen with gpg and the key it registered: every finished build is signed, and nothing but signatures was added.</summary>
internal sealed class SignatureOutcomes(Installation installation, Database database) : IDisposable
{
    private const string Signatures =
        """
        select s.data ->> 'BuildTaskId' || ' ' || (a ->> 'Name') || ' ' || (u ->> 'Sha256') || ' ' || (a ->> 'Sha256')
        from mt_events s, jsonb_array_elements(s.data -> 'Artifacts') a, mt_events d, jsonb_array_elements(d.data -> 'Artifacts') u
        where s.type = 'build_artifacts_signed' and d.stream_id = s.stream_id and d.type = 'build_task_succeeded' and u ->> 'Id' = a ->> 'Id'
        """;

    private readonly TemporaryFolder folder = new();

    public async Task AssertAsync(CancellationToken token)
    {
        var key = Assert.Single(await database.ListAsync("select data -> 'Settings' ->> 'Fingerprint', data -> 'Settings' ->> 'PublicKey' from mt_events where type = 'sign_key_registered'", token));
        using var bench = await SignatureBench.PrepareAsync(new VerificationOptions { WorkPath = folder["verify"] }, key[(key.IndexOf(' ') + 1)..], key[..key.IndexOf(' ')], token);
        var files = installation.Artifacts().ToDictionary(file => Path.GetFileName(file), StringComparer.Ordinal);
        var signed = (await database.ListAsync(Signatures, token)).Select(line => line.Split(' ')).ToList();
        foreach (var file in signed)
            await bench.CheckTextAsync(file[1], files[file[2]], files[file[3]], token);

        var tasks = await database.ListAsync("select data ->> 'BuildTaskId' from mt_events where type = 'build_task_succeeded'", token);
        Assert.Equal(tasks.Order(StringComparer.Ordinal), signed.Select(file => file[0]).Order(StringComparer.Ordinal));
    }

    public void Dispose() => folder.Dispose();
}
