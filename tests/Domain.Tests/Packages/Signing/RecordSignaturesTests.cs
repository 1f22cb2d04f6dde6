using EventSourced.Domain.Packages.Signing;
using static EventSourced.Domain.Tests.Packages.Signing.Signatures;

namespace EventSourced.Domain.Tests.Packages.Signing;

public sealed class RecordSignaturesTests
{
    private static readonly RecordSignatures Verified = new(OneSignTask, Completed().Packages, Error: null);

    [Fact]
    public void Verified_signatures_complete_the_task() =>
        Given<SignTask>(Requested(), Assigned(), Reported()).When(task => RecordSignaturesHandler.Handle(Verified, task)).Then(Completed());

    [Fact]
    public void What_cannot_be_believed_fails_it() =>
        Given<SignTask>(Requested(), Assigned(), Reported())
            .When(task => RecordSignaturesHandler.Handle(Verified with { Error = "forged" }, task))
            .Then(new SignTaskFailed(OneSignTask, OneBuild, null, "forged"));

    [Fact]
    public void A_second_time_nothing_happens() =>
        Given<SignTask>(Requested(), Assigned(), Reported(), Completed()).When(task => RecordSignaturesHandler.Handle(Verified, task)).ThenNothing();

    [Fact]
    public void An_unknown_task_is_refused() =>
        Given<SignTask>().When(task => RecordSignaturesHandler.Handle(Verified, task)).ThenRefused(SignTaskErrors.Unknown);
}
