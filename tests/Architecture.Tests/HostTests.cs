using System.Text.RegularExpressions;

namespace EventSourced.Architecture.Tests;

public sealed partial class HostTests
{
    [Fact]
    public void The_api_starts_no_programs()
    {
        Assert.DoesNotContain(Code.TypesUsedBy("Api"), t => t is "System.Diagnostics.Process" or "System.Diagnostics.ProcessStartInfo");
        Assert.Contains("System.Diagnostics.ProcessStartInfo", Code.TypesUsedBy("Workers"));
    }

    [Fact]
    public void The_api_opens_no_connections_of_its_own() =>
        Assert.DoesNotContain(Code.TypesUsedBy("Api"), t => t is "System.Net.Http.HttpClient" or "System.Net.Sockets.Socket" or "System.Net.Sockets.TcpClient");

    [Theory]
    [InlineData("Api")]
    [InlineData("Workers")]
    public void A_program_is_a_short_list(string host) =>
        Assert.InRange(Code.Read($"src/{host}/Program.cs").Split('\n').Count(IsCode), 1, 60);

    [Fact]
    public void No_source_file_is_too_long() =>
        Assert.DoesNotContain(new[] { "src", "tests", "bench" }.SelectMany(Code.Files), f => Code.Read(f).Split('\n').Count(IsCode) > 300);

    [Fact]
    public void A_log_event_id_means_one_thing()
    {
        var messages = Code.Files("src").Select(Code.Read).SelectMany(text => LogMessage().Matches(text)).ToList();

        Assert.DoesNotContain(messages, m => m.Groups["id"].Value is "");
        Assert.Empty(messages.GroupBy(m => m.Groups["id"].Value).Where(same => same.Count() > 1).Select(same => same.Key));
    }

    [Fact]
    public void Tests_neither_sleep_nor_are_skipped() => 
        Assert.DoesNotContain(Code.Files("tests").Where(IsOther), f => Sleeping().IsMatch(Code.Read(f)));

    [Fact]
    public void Nothing_is_left_for_later() => 
        Assert.DoesNotContain(Code.Files("src").Concat(Code.Files("tests")).Where(IsOther), f => Unfinished().IsMatch(Code.Read(f)));

    // This file names what it looks for.
    private static bool IsOther(string file) => !file.EndsWith("/HostTests.cs", StringComparison.Ordinal);

    private static bool IsCode(string line) => line.Trim() is { Length: > 0 } text && !text.StartsWith("//", StringComparison.Ordinal);

    // Waiting on a clock that a test moves itself is no sleep.
    [GeneratedRegex(@"Thread\.Sleep|Task\.Delay\((?![^;]*[cC]lock)|\bSkip\s*=\s*""")]
    private static partial Regex Sleeping();

    [GeneratedRegex(@"\[LoggerMessage\((EventId = )?(?<id>\d*)")]
    private static partial Regex LogMessage();

    [GeneratedRegex(@"\bTODO\b|\bFIXME\b|NotImplementedException|#region")]
    private static partial Regex Unfinished();
}
