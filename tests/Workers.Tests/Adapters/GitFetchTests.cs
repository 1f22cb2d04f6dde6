using System.Formats.Tar;
using System.Text;
using EventSourced.Workers.Adapters.Git;
using EventSourced.Workers.Adapters.Sandbox;
using EventSourced.Workers.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Tests.Adapters;

public sealed class GitFetchTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringBuilder _log = new();
    private GitRepository _repository = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _repository = await GitRepository.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _repository.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_branch_a_tag_and_a_commit_give_their_files()
    {
        var first = await _repository.CommitAsync(("name", "first"));
        await _repository.GitAsync("tag", "-a", "v1", "-m", "one");
        var second = await _repository.CommitAsync(("name", "second"));

        Assert.Equal((second, "second"), await FetchAsync("main", 1));
        Assert.Equal((first, "first"), await FetchAsync("v1", 2));
        Assert.Equal((first, "first"), await FetchAsync("v1", 1));
        Assert.Equal((first, "first"), await FetchAsync(first, 1));
        Assert.Equal((second, "second"), await FetchAsync(null, null));
    }

    [Fact]
    public async Task A_commit_that_the_server_does_not_hand_out_alone_is_found_in_its_branches()
    {
        var first = await _repository.CommitAsync(("name", "first"));
        await _repository.CommitAsync(("name", "second"));
        await _repository.GitAsync("config", "uploadpack.allowAnySHA1InWant", "false");

        Assert.Equal((first, "first"), await FetchAsync(first, 4));
    }

    [Fact]
    public async Task A_plain_file_server_is_enough()
    {
        var first = await _repository.CommitAsync(("name", "first"));
        var second = await _repository.CommitAsync(("name", "second"));
        await _repository.GitAsync("update-server-info");
        await using var files = await LocalServer.StartAsync(
            async context =>
            {
                var file = Path.Join(_repository.Folder, context.Request.Path);
                if (File.Exists(file))
                    await context.Response.SendFileAsync(file, context.RequestAborted);
                else
                    context.Response.StatusCode = StatusCodes.Status404NotFound;
            },
            Cancellation);

        Assert.Equal((second, "second"), await FetchAsync("main", 1, url: $"{files.Address}.git"));
        Assert.Equal((first, "first"), await FetchAsync(first, 4, url: $"{files.Address}.git"));
    }

    [Fact]
    public async Task An_unknown_ref_and_an_unknown_commit_are_refused_with_gits_words_in_the_log()
    {
        await _repository.CommitAsync(("name", "first"));

        await Assert.ThrowsAsync<GitFetchException>(() => FetchAsync("nowhere", 1));
        Assert.Contains("couldn't find remote ref", _log.ToString());
        await Assert.ThrowsAsync<GitFetchException>(() => FetchAsync(new string('0', 40), 4));
    }

    [Fact]
    public async Task Attributes_of_the_source_change_nothing_and_its_hooks_and_filters_do_not_run()
    {
        await _repository.CommitAsync(
            ("name", "$Format:%H$ $Id$\nsecond"), (".gitattributes", "name export-ignore export-subst filter=evil text eol=crlf ident\n"),
            (".git/hooks/post-checkout", "#!/bin/sh\ntouch /tmp/owned\n"));

        var (_, name) = await FetchAsync("main", 1);

        Assert.Equal("$Format:%H$ $Id$\nsecond", name);
    }

    [Fact]
    public async Task A_private_address_is_refused_unless_allowed()
    {
        await _repository.CommitAsync(("name", "first"));

        var refused = await Assert.ThrowsAsync<GitFetchException>(() => FetchAsync("main", 1, new GitOptions()));
        Assert.Contains("private address", refused.Message);
    }

    [Theory]
    [InlineData("http://[::1]:1/x.git")]
    [InlineData("http://localhost:1/x.git")]
    [InlineData("http://169.254.169.254/latest")]
    [InlineData("http://[::ffff:10.0.0.1]/x.git")]
    [InlineData("http://[::7f00:1]/x.git")]
    [InlineData("http://[2002:7f00:1::]/x.git")]
    [InlineData("http://[2001:0:7f00:1::1]/x.git")]
    [InlineData("http://[64:ff9b::7f00:1]/x.git")]
    [InlineData("http://[64:ff9b:1::7f00:1]/x.git")]
    [InlineData("http://[::ffff:0:7f00:1]/x.git")]
    [InlineData("http://[fec0::1]/x.git")]
    [InlineData("http://0/x.git")]
    [InlineData("http://2130706433/x.git")]
    public async Task Every_spelling_of_a_private_address_is_refused(string url)
    {
        var fetch = new GitFetch(Sandbox(), Options.Create(new GitOptions()));

        var refused = await Assert.ThrowsAsync<GitFetchException>(() =>
            fetch.FetchAsync(GitSource.Parse(url, "main", 1), _folder["tar"], (_, _) => ValueTask.CompletedTask, Cancellation));
        Assert.Contains("private address", refused.Message);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_refused()
    {
        await _repository.CommitAsync(("name", "first"));
        var url = _repository.Url;
        await _repository.DisposeAsync();

        await Assert.ThrowsAsync<GitFetchException>(() => FetchAsync("main", 1, url: url));
        _repository = await GitRepository.StartAsync();
    }

    private static Bubblewrap Sandbox() => new(Options.Create(new SandboxOptions()), TimeProvider.System, ControlGroups.OfMachine);

    private async Task<(string Commit, string Name)> FetchAsync(string? reference, int? type, GitOptions? options = null, string? url = null)
    {
        var fetch = new GitFetch(Sandbox(), Options.Create(options ?? new GitOptions { PrivateHosts = ["127.0.0.1"] }));
        var commit = await fetch.FetchAsync(GitSource.Parse(url ?? _repository.Url, reference, type), _folder["tar"], (bytes, _) =>
        {
            _log.Append(Encoding.UTF8.GetString(bytes.Span));
            return ValueTask.CompletedTask;
        }, Cancellation);
        return (commit, await NameAsync());
    }

    private async Task<string> NameAsync()
    {
        await using var tar = new TarReader(File.OpenRead(_folder["tar"]));
        while (await tar.GetNextEntryAsync(copyData: true, Cancellation) is { } entry)
        {
            if (entry.Name is "name")
                return await new StreamReader(entry.DataStream!).ReadToEndAsync(Cancellation);
        }

        return "(missing)";
    }
}
