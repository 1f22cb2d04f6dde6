using EventSourced.Domain.Packages.Signing;
using static EventSourced.Domain.Tests.Packages.Signing.Signatures;

namespace EventSourced.Domain.Tests.Packages.Signing;

public sealed class ArchiveSignKeyTests
{
    [Fact]
    public void A_key_is_archived() =>
        Given<SignKey>(Registered()).When(key => ArchiveSignKeyHandler.Handle(new(OneKey), key)).Then(new SignKeyArchived(OneKey));

    [Fact]
    public void Its_tasks_are_to_end() => When(() => SignKeyReactions.When(new SignKeyArchived(OneKey))).Then(new EndSignTasksOf(OneKey));

    [Fact]
    public void A_second_time_nothing_happens() =>
        Given<SignKey>(Registered(), new SignKeyArchived(OneKey)).When(key => ArchiveSignKeyHandler.Handle(new(OneKey), key)).ThenNothing();

    [Fact]
    public void An_unknown_key_is_refused() =>
        Given<SignKey>().When(key => ArchiveSignKeyHandler.Handle(new(OneKey), key)).ThenRefused(SignKeyErrors.Unknown);
}
