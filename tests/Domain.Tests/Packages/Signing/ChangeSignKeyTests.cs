using EventSourced.Domain.Packages.Signing;
using static EventSourced.Domain.Tests.Packages.Signing.Signatures;

namespace EventSourced.Domain.Tests.Packages.Signing;

public sealed class ChangeSignKeyTests
{
    private static readonly ChangeSignKey Rename = new(OneKey, new() { Name = "new name", Description = Settings.Description, Platforms = [new(7)] });
    private static readonly SignKeyNames Free = new(AreTaken: false, AreAwaited: false), Awaited = new(AreTaken: false, AreAwaited: true);

    [Fact]
    public void Only_what_differs_changes() =>
        Given<SignKey>(Registered())
            .When(key => ChangeSignKeyHandler.Handle(Rename, key, Free))
            .Then(new SignKeyChanged(OneKey, new() { Name = "new name" }));

    [Fact]
    public void A_second_time_nothing_happens() =>
        Given<SignKey>(Registered(), new SignKeyChanged(OneKey, new() { Name = "new name" }))
            .When(key => ChangeSignKeyHandler.Handle(Rename, key, Free))
            .ThenNothing();

    [Fact]
    public void The_names_of_another_key_are_refused() =>
        Given<SignKey>(Registered()).When(key => ChangeSignKeyHandler.Handle(Rename, key, Free with { AreTaken = true })).ThenRefused(SignKeyErrors.Known);

    [Fact]
    public void Names_that_tasks_wait_for_stay()
    {
        Given<SignKey>(Registered()).When(key => ChangeSignKeyHandler.Handle(new(OneKey, new() { KeyId = "1" }), key, Awaited)).ThenRefused(SignKeyErrors.InUse);
        Given<SignKey>(Registered()).When(key => ChangeSignKeyHandler.Handle(new(OneKey, new() { Fingerprint = "1" }), key, Awaited)).ThenRefused(SignKeyErrors.InUse);
    }

    [Fact]
    public void What_no_task_waits_for_changes_all_the_same() =>
        Given<SignKey>(Registered())
            .When(key => ChangeSignKeyHandler.Handle(new(OneKey, Settings with { Name = "new name" }), key, Awaited))
            .Then(new SignKeyChanged(OneKey, new() { Name = "new name" }));

    [Fact]
    public void An_unknown_key_is_refused() =>
        Given<SignKey>().When(key => ChangeSignKeyHandler.Handle(Rename, key, Free)).ThenRefused(SignKeyErrors.Unknown);
}
