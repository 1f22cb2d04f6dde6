using System.Security.Cryptography;
using EventSourced.Api.Tests.Accounts;
using EventSourced.ServiceDefaults;
using EventSourced.ServiceDefaults.Secrets;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Api.Tests.Secrets;

public sealed class SecretsTests(ApiHost api) : IClassFixture<ApiHost>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private SecretStore Store => api.Services.GetRequiredService<SecretStore>();

    private SubjectKeys Subjects => api.Services.GetRequiredService<SubjectKeys>();

    [Fact]
    public async Task A_secret_is_opened_until_it_is_taken()
    {
        var id = await Store.PutAsync("s3cret", Token);

        Assert.Equal("s3cret", await Store.OpenAsync(id, Token));
        Assert.Equal("s3cret", await Store.TakeAsync(id, Token));
        Assert.Null(await Store.TakeAsync(id, Token));
        await Store.ReplaceAsync(id, "again", Token);
        Assert.Null(await Store.OpenAsync(id, Token));
    }

    [Fact]
    public async Task A_secret_copied_to_another_row_does_not_open()
    {
        var (mine, theirs) = (await Store.PutAsync("mine", Token), await Store.PutAsync("theirs", Token));
        await using var copy = api.Database.DataSource.CreateCommand(
            $"update es.secrets set wrapped = (select wrapped from es.secrets where id = '{theirs}') where id = '{mine}'");
        await copy.ExecuteNonQueryAsync(Token);

        await Assert.ThrowsAnyAsync<CryptographicException>(() => Store.OpenAsync(mine, Token));
    }

    [Fact]
    public async Task Another_host_of_the_same_database_opens_secrets_and_accepts_tokens()
    {
        var id = await Store.PutAsync("shared", Token);
        await using var other = api.Beside();
        other.Start();

        Assert.Equal("shared", await other.Services.GetRequiredService<SecretStore>().OpenAsync(id, Token));
        await other.Http.Get("/api/me").As(await api.TokenAsync(1)).Expect(200);
    }

    [Fact]
    public void A_host_with_another_master_key_does_not_start()
    {
        using var folder = new TemporaryFolder();
        using var other = api.Beside(folder.Path);

        Assert.Contains("did not start", Assert.Throws<InvalidOperationException>(other.Start).Message, StringComparison.Ordinal);
        Assert.Contains(MasterKey.Variable, other.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_field_opens_only_for_its_subject_and_its_name_and_never_after_erasing()
    {
        var ann = await Subjects.GetOrCreateAsync("person-ann", Token);
        var bob = await Subjects.GetOrCreateAsync("person-bob", Token);
        var text = ann.Seal("mail", "ann@example.org");

        Assert.Equal("ann@example.org", (await Subjects.FindAsync(["person-ann"], Token))["person-ann"].Open("mail", text));
        Assert.NotEqual(text, ann.Seal("mail", "ann@example.org")); // equal fields do not show as equal
        Assert.ThrowsAny<CryptographicException>(() => bob.Open("mail", text));
        Assert.ThrowsAny<CryptographicException>(() => ann.Open("login", text));
        Assert.ThrowsAny<CryptographicException>(() => ann.Open("mail", "ann@example.org"));

        await Subjects.EraseAsync("person-ann", Token);

        Assert.Empty(await Subjects.FindAsync(["person-ann"], Token));
        var again = await Subjects.GetOrCreateAsync("person-ann", Token); // a new key, under which the old field stays closed
        Assert.ThrowsAny<CryptographicException>(() => again.Open("mail", text));
    }

    [Fact]
    public void The_master_key_file_is_made_once_and_only_its_owner_reads_it()
    {
        for (var round = 0; round < 3; round++)
            MakeTogether();
    }

    [Fact]
    public void A_short_master_key_stops_the_start() => Assert.Throws<ConfigurationException>(() => MasterKey.Load("short", "."));

    private static void MakeTogether()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "master.key");

        var keys = Enumerable.Range(0, 8).AsParallel().WithDegreeOfParallelism(8).Select(_ => MasterKey.Load(null, folder.Path)).ToList();

        var wrapped = keys[0].Wrap("test", [1, 2, 3]);
        Assert.All(keys, key => Assert.Equal([1, 2, 3], key.Unwrap("test", wrapped)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
        Assert.Throws<ConfigurationException>(() => keys[0].Unwrap("another purpose", wrapped));
    }
}
