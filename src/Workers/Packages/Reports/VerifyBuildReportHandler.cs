using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;

namespace EventSourced.Workers.Packages.Reports;

/// <summary>Looks at what a node sent. Whatever cannot be believed fails the task with the reason, or counts as none where it failed anyway; it is never silently left out.</summary>
public static class VerifyBuildReportHandler
{
    public static async Task<RecordBuildReport> HandleAsync(
        VerifyBuildReport message, ReportInspection inspection, MultilibSearch multilib, CancellationToken cancellation)
    {
        try
        {
            var artifacts = await inspection.InspectAsync(message, cancellation);
            var added = message.Outcome is BuildTaskOutcome.Completed ? await multilib.FindAsync(message, artifacts, cancellation) : [];
            return new RecordBuildReport(message.BuildTaskId, [.. artifacts, .. added], Error: null);
        }
        catch (ReportRefusedException refused)
        {
            return new RecordBuildReport(message.BuildTaskId, message.Artifacts, refused.Message);
        }
    }

    public static RecordBuildReport GiveUp(VerifyBuildReport message, string reason) =>
        new(message.BuildTaskId, message.Artifacts, $"The report could not be looked at: {reason}");
}
