using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace EventSourced.Workers.Commands.Demo;

/// <summary>The commit's way as the event log has it: who, when, and which event led to which.</summary>
internal sealed class DemoHistory(DemoApi api, DemoConsole console)
{
    private const string NodeReported = "build_task_reported", HandedOver = "build_task_source_handed_over", Published = "repository_version_published";

    /// <param name="build">The build.</param>
    /// <param name="repository">Its own repository, which each of its packages went to first.</param>
    /// <param name="production">The repository it was released to.</param>
    /// <param name="commit">What was built.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task ShowAsync(DemoBuilt build, DemoRepository repository, DemoProduction production, string commit, CancellationToken cancellation)
    {
        var found = await api.GetAsync($"/api/v1/builds/{build.Id}/", cancellation);
        var signed = found["sign_tasks"]!.AsArray().Select(task => $"sign_task-{task!["id"]}");
        string[] streams =
        [
            $"build-{build.Id}", .. build.Tasks.Select(task => $"build_task-{task}"), .. signed, $"release-{found["release_id"]}", $"repository-{repository.Id}", $"repository-{production.Id}",
        ];
        var events = new List<HistoryEvent>();
        foreach (var stream in streams)
            events.AddRange(await StreamAsync(stream, cancellation));

        events.Sort((one, other) => one.Sequence.CompareTo(other.Sequence));
        console.Write(Draw(events));
        await RequireChainAsync(events, $"repository-{repository.Id}", commit, cancellation);
    }

    /// <summary>From the published version back, cause by cause, to the report of the node, and from what that built from to the commit.</summary>
    private async Task RequireChainAsync(List<HistoryEvent> events, string repository, string commit, CancellationToken cancellation)
    {
        var (chain, report) = await ReportedAsync(events.Where(e => e.Type is Published && e.Stream == repository).Reverse(), cancellation);
        var told = events.LastOrDefault(e => e.Type is HandedOver && e.Stream == report.Stream);
        var built = (string?)report.Data["Report"]?["GitCommitHash"] ?? (string?)told?.Data["Source"]?["GitCommitHash"];
        if (built != commit)
            throw new DemoFailedException($"The log says that {built} was built, not {commit}.");

        IEnumerable<HistoryEvent> before = told is null ? [] : await CausesAsync(told, cancellation);
        console.Done($"Commit {commit}: {string.Join(" → ", before.Concat(chain).Select(e => $"{e.Type} #{e.Sequence}"))}");
    }

    /// <summary>The causes of the last version that a node's report led to; later ones may have come of signatures.</summary>
    private async Task<(List<HistoryEvent> Chain, HistoryEvent Report)> ReportedAsync(IEnumerable<HistoryEvent> published, CancellationToken cancellation)
    {
        foreach (var version in published)
        {
            var chain = await CausesAsync(version, cancellation);
            if (chain.FirstOrDefault(e => e.Type is NodeReported) is { } report)
                return (chain, report);
        }

        throw new DemoFailedException("The log knows of no published version that a node's report led to.");
    }

    private async Task<List<HistoryEvent>> CausesAsync(HistoryEvent e, CancellationToken cancellation) =>
        [.. (await api.GetAsync($"/api/events/{e.Id}/causes", cancellation)).AsArray().Select(node => HistoryEvent.Of(node!)).Reverse()];

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
