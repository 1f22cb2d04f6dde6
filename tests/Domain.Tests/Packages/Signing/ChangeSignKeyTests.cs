using EventSourced.Domain.Packages.Signing;
using static EventSourced.Domain.Tests.Packages.Signing.Signatures;

namespace EventSourced.Domain.Tests.Packages.Signing;

public sealed class ChangeSignKeyTests
{
    private static readonly ChangeSignKey Rename = new(OneKey, new() { Name = "new name", Description = Settings.Description, Platforms = [new(7)] });

    [Fact]
    public void Only_what_differs_changes() =>
        Given<SignKey>(Registered())
            .When(key => ChangeSignKeyHandler.Handle(Rename, key, new(AreTaken: false)))
            .Then(new SignKeyChanged(OneKey, new() { Name = "new name" }));

    [Fact]
    public void A_second_time_nothing_happens() =>
        Given<SignKey>(Registered(), new SignKeyChanged(OneKey, new() { Name = "new name" }))
            .When(key => ChangeSignKeyHandler.Handle(Rename, key, new(AreTaken: false)))
            .ThenNothing();

    [Fact]
    public void The_names_of_another_key_are_refused() =>
        Given<SignKey>(Registered()).When(key => ChangeSignKeyHandler.Handle(Rename, key, new(AreTaken: true))).ThenRefused(SignKeyErrors.Known);

    [Fact]
    public void An_unknown_key_is_refused() =>
        Given<SignKey>().When(key => ChangeSignKeyHandler.Handle(Rename, key, new(AreTaken: false))).ThenRefused(SignKeyErrors.Unknown);
}
