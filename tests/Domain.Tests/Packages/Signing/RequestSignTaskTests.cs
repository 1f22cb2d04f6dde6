using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.Signing;
using static EventSourced.Domain.Tests.Packages.Signing.Signatures;

namespace EventSourced.Domain.Tests.Packages.Signing;

public sealed class RequestSignTaskTests
{
    private static readonly SignKeyFacts Key = new(KeyId, Fingerprint, IsActive: true);
    private static readonly SignRequestFacts Good = new(BuildExists: true, IsSigned: false, HasPackages: true, Key);

    [Fact]
    public void A_build_with_packages_gets_a_task() => Asked(Good).Then(new NewStream<SignTask>("sign_task-7", [Requested()]));

    [Fact]
    public void An_unknown_build_is_refused_first() => Asked(new(false, true, false, null), mayUseKeys: false).ThenRefused(BuildErrors.Unknown);

    [Fact]
    public void A_signed_build_is_refused_before_what_it_holds() => Asked(new(true, true, false, null), mayUseKeys: false).ThenRefused(SignTaskErrors.AlreadySigned);

    [Fact]
    public void A_build_without_packages_is_refused_before_its_key() => Asked(new(true, false, false, null), mayUseKeys: false).ThenRefused(SignTaskErrors.NothingToSign);

    [Fact]
    public void An_unknown_key_is_refused_before_who_asks() => Asked(Good with { Key = null }, mayUseKeys: false).ThenRefused(SignKeyErrors.Unknown);

    [Fact]
    public void Who_may_not_sign_is_refused_before_the_state_of_the_key() =>
        Asked(Good with { Key = Key with { IsActive = false } }, mayUseKeys: false).ThenRefused(SignKeyErrors.NotAllowed);

    [Fact]
    public void An_archived_key_is_refused() => Asked(Good with { Key = Key with { IsActive = false } }).ThenRefused(SignKeyErrors.Inactive);

    private static Outcome Asked(SignRequestFacts facts, bool mayUseKeys = true) =>
        When(() => RequestSignTaskHandler.Handle(new(OneSignTask, OneBuild, OneKey, mayUseKeys), facts));
}
