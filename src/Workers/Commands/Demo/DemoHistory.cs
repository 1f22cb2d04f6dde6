using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace EventSourced.Workers.Commands.Demo;

/// <summary>The commit's way as the event log has it: who, when, and which event led to which.</summary>
internal sealed class DemoHistory(DemoApi api, DemoConsole console)
{
    private const string NodeReported = "build_task_reported", Published = "repository_version_published";

    public async Task ShowAsync(int build, IReadOnlyList<int> tasks, DemoRepository repository, string commit, CancellationToken cancellation)
    {
        var events = new List<HistoryEvent>();
        foreach (var stream in new[] { $"build-{build}" }.Concat(tasks.Select(task => $"build_task-{task}")).Append($"repository-{repository.Id}"))
            events.AddRange(await StreamAsync(stream, cancellation));

        events.Sort((one, other) => one.Sequence.CompareTo(other.Sequence));
        console.Write(Draw(events));
        await RequireChainAsync(events, commit, cancellation);
    }

    /// <summary>From the published version back, cause by cause, to the report of the node that built this commit.</summary>
    private async Task RequireChainAsync(List<HistoryEvent> events, string commit, CancellationToken cancellation)
    {
        var published = events.LastOrDefault(e => e.Type is Published) ?? throw new DemoFailedException("The log knows of no published version.");
        var causes = await api.GetAsync($"/api/events/{published.Id}/causes", cancellation);
        var chain = causes.AsArray().Select(node => HistoryEvent.Of(node!)).Reverse().ToList();
        if (chain.FirstOrDefault(e => e.Type is NodeReported) is not { } report)
            throw new DemoFailedException($"The causes of the published version do not lead to a report: {string.Join(" ← ", chain.Select(e => e.Type))}.");

        var built = (string?)report.Data["Report"]?["GitCommitHash"];
        if (built != commit)
            throw new DemoFailedException($"The log says that {built} was built, not {commit}.");

        console.Done($"Commit {commit}: {string.Join(" → ", chain.Select(e => $"{e.Type} #{e.Sequence}"))}");
    }

    private async Task<IEnumerable<HistoryEvent>> StreamAsync(string key, CancellationToken cancellation)
    {
        var page = await api.GetAsync($"/api/streams/events?key={Uri.EscapeDataString(key)}", cancellation);
        return page["items"]!.AsArray().Select(item => HistoryEvent.Of(item!));
    }

    private static Table Draw(List<HistoryEvent> events)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("#", "time (UTC)", "stream", "event", "by", "because of");
        foreach (var e in events)
        {
            var cause = events.FirstOrDefault(other => other.Id == e.Causation);
            table.AddRow(
                Text($"{e.Sequence}"), Text($"{e.Timestamp.UtcDateTime:HH:mm:ss.fff}"), Text(e.Stream), Text(e.Type), Text($"{e.Actor}"),
                Text(cause is null ? "a request" : $"#{cause.Sequence}"));
        }

        return table;
    }

    private static Text Text(FormattableString text) => new(text.ToString(CultureInfo.InvariantCulture));

    private static Text Text(string text) => new(text);

    private sealed record HistoryEvent(long Sequence, string Id, string Stream, string Type, DateTimeOffset Timestamp, string? Actor, string? Causation, JsonNode Data)
    {
        public static HistoryEvent Of(JsonNode node) => new(
            (long)node["sequence"]!, (string)node["id"]!, (string)node["stream"]!, (string)node["type"]!, (DateTimeOffset)node["timestamp"]!,
            (string?)node["actor"], (string?)node["causation"], node["data"]!);
    }
}
