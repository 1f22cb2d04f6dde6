using EventSourced.Domain.Packages.Signing;
using static EventSourced.Domain.Tests.Packages.Signing.Signatures;

namespace EventSourced.Domain.Tests.Packages.Signing;

public sealed class RegisterSignKeyTests
{
    [Fact]
    public void A_key_is_registered() =>
        When(() => RegisterSignKeyHandler.Handle(new(OneKey, Settings), new(AreTaken: false, AreAwaited: false))).Then(new NewStream<SignKey>("sign_key-3", [Registered()]));

    [Fact]
    public void A_key_id_or_fingerprint_that_is_known_is_refused() =>
        When(() => RegisterSignKeyHandler.Handle(new(OneKey, Settings), new(AreTaken: true, AreAwaited: false))).ThenRefused(SignKeyErrors.Known);
}
