using System.ComponentModel;
using EventSourced.Workers.Adapters.Processes;

namespace EventSourced.Workers.Tests.Adapters;

public sealed class ToolTests : IDisposable
{
    private static readonly ToolLimits Small = new(MemoryBytes: 256 << 20, FileBytes: 1 << 20, OutputBytes: 100_000, CpuTime: TimeSpan.FromSeconds(1));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Within_its_limits_a_program_says_what_it_says() => Assert.Equal("x\n", await RunAsync("echo x"));

    [Theory]
    [InlineData("head -c 2m /dev/zero >file", "File")] // File size limit exceeded
    [InlineData("perl -e '$x = \"x\" x (500 << 20)'", "Out of memory")]
    [InlineData("while :; do :; done", "ended with")]
    [InlineData("yes", "said more than 100000 bytes")]
    [InlineData("yes >&2", "said more than 100000 bytes")]
    public async Task Beyond_them_it_is_ended(string script, string reason)
    {
        var failed = await Assert.ThrowsAsync<ToolFailedException>(() => RunAsync(script));

        Assert.Contains(reason, failed.Message, StringComparison.Ordinal);
        Assert.All(Directory.EnumerateFiles(_folder.Path), file => Assert.InRange(new FileInfo(file).Length, 0, Small.FileBytes));
    }

    [Fact]
    public async Task One_that_is_not_installed_is_said_to_be_missing_as_without_limits()
    {
        foreach (var limits in new[] { null, Small })
            await Assert.ThrowsAsync<Win32Exception>(() => Tool.RunAsync("no-such-program", [], new ToolContext { Limits = limits }, TestContext.Current.CancellationToken));
    }

    private Task<string> RunAsync(string script) =>
        Tool.ReadTextAsync("sh", ["-c", script], new ToolContext { Limits = Small, WorkingDirectory = _folder.Path }, TestContext.Current.CancellationToken);
}
