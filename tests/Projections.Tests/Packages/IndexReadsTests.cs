using EventSourced.Domain.Packages.Repositories;

namespace EventSourced.Projections.Tests.Packages;

public sealed class IndexReadsTests(PackagesDatabase packages) : IClassFixture<PackagesDatabase>
{
    private const string Client = "127.0.0.1 libdnf", Other = "127.0.0.2 libdnf";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_gets_the_signature_of_what_it_read_whatever_was_published_meanwhile()
    {
        await PublishAsync(1, 1);
        Assert.Equal("index 1", await ReadAsync(1, Client));
        await PublishAsync(1, 2);
        await PublishAsync(1, 3);

        Assert.Equal("signature 1", await SignatureAsync(1, Client));
        Assert.Equal("signature 1", await SignatureAsync(1, Client));
        Assert.Equal("signature 3", await SignatureAsync(1, Other));
        Assert.Equal(("index 3", "signature 3"), (await ReadAsync(1, Client), await SignatureAsync(1, Client)));
    }

    [Fact]
    public async Task Of_clients_that_cannot_be_told_apart_the_newest_read_counts()
    {
        await PublishAsync(2, 1);
        await ReadAsync(2, Client);
        await PublishAsync(2, 2);
        await ReadAsync(2, Client);

        Assert.Equal("signature 2", await SignatureAsync(2, Client));
    }

    [Fact]
    public async Task A_read_counts_for_a_minute()
    {
        await PublishAsync(3, 1);
        await ReadAsync(3, Client);
        await PublishAsync(3, 2);

        await packages.ExecuteAsync("update es.index_reads set read_at = read_at - interval '1 minute' where repository_id = 3");

        Assert.Equal("signature 2", await SignatureAsync(3, Client));
    }

    [Fact]
    public async Task Reads_of_a_repository_say_nothing_of_another()
    {
        await PublishAsync(4, 1);
        await ReadAsync(4, Client);
        await PublishAsync(5, 1);
        await PublishAsync(5, 2);

        Assert.Equal("signature 2", await SignatureAsync(5, Client));
    }

    [Fact]
    public async Task No_signature_fits_what_was_read_before_the_first_version()
    {
        Assert.Null(await ReadAsync(7, Client));
        await PublishAsync(7, 1);

        Assert.Null(await SignatureAsync(7, Client));
        Assert.Equal("signature 1", await SignatureAsync(7, Other));
        Assert.Equal(("index 1", "signature 1"), (await ReadAsync(7, Client), await SignatureAsync(7, Client)));
    }

    [Fact]
    public async Task What_is_not_published_is_not_read()
    {
        Assert.Null(await ReadAsync(6, Client));
        Assert.Null(await SignatureAsync(6, Client));
    }

    private Task PublishAsync(int repository, int version) => packages.AppendAsync(
        new RepositoryId(repository).StreamKey,
        new RepositoryVersionPublished(new(repository), version, [new("repomd.xml", $"index {version}", 1), new("repomd.xml.asc", $"signature {version}", 1)], "AB12"));

    private async Task<string?> ReadAsync(int repository, string client) =>
        (await packages.ReadAsync(s => s.ReadIndexAsync(repository, "repomd.xml", client, Token)))?.Sha256;

    private async Task<string?> SignatureAsync(int repository, string client) =>
        (await packages.ReadAsync(s => s.SignatureOfReadIndexAsync(repository, "repomd.xml.asc", client, Token)))?.Sha256;
}
