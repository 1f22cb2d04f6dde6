using EventSourced.Domain.Packages.Signing;
using EventSourced.Workers.Packages.Reports;

namespace EventSourced.Workers.Packages.Signing;

/// <summary>Looks at what a sign node sent. Whatever cannot be believed fails the task with the reason, and nothing of it counts.</summary>
public static class VerifySignaturesHandler
{
    public static async Task<RecordSignatures> HandleAsync(VerifySignatures message, SignatureInspection inspection, CancellationToken cancellation)
    {
        try
        {
            return new RecordSignatures(message.SignTaskId, await inspection.InspectAsync(message, cancellation), Error: null);
        }
        catch (ReportRefusedException refused)
        {
            return new RecordSignatures(message.SignTaskId, message.Signed, refused.Message);
        }
    }

    public static RecordSignatures GiveUp(VerifySignatures message, string reason) =>
        new(message.SignTaskId, message.Signed, $"The signatures could not be verified: {reason}");
}
