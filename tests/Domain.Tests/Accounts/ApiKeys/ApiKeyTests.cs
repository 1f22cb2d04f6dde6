using EventSourced.Domain.Accounts;
using EventSourced.Domain.Accounts.ApiKeys;

namespace EventSourced.Domain.Tests.Accounts.ApiKeys;

public sealed class IssueApiKeyTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly ApiKeyId Id = new(Guid.CreateVersion7());
    private static readonly IssueApiKey Issue = new(Id, "user-7", "laptop", "ab12", [Scopes.Audit], Now.AddDays(1));
    private static readonly ApiKeyIssued Issued = new(Id, "user-7", "laptop", "ab12", [Scopes.Audit], Now.AddDays(1));
    private static readonly KeyHolder Present = new(IsGone: false), Gone = new(IsGone: true);

    [Fact]
    public void A_key_is_issued() => Given<ApiKey>().When(key => IssueApiKeyHandler.Handle(Issue, key, Present, Now)).Then(Issued);

    [Fact]
    public void A_second_time_nothing_happens() => Given<ApiKey>(Issued).When(key => IssueApiKeyHandler.Handle(Issue, key, Present, Now)).ThenNothing();

    [Fact]
    public void Another_key_under_the_same_id_is_refused() =>
        Given<ApiKey>(Issued).When(key => IssueApiKeyHandler.Handle(Issue with { Digest = "cd34" }, key, Present, Now)).ThenRefused(ApiKeyErrors.Exists);

    [Fact]
    public void A_key_for_who_is_gone_is_refused() =>
        Given<ApiKey>().When(key => IssueApiKeyHandler.Handle(Issue, key, Gone, Now)).ThenRefused(ApiKeyErrors.HolderGone);

    [Fact]
    public void A_key_that_was_issued_before_its_holder_went_is_not_issued_again() =>
        Given<ApiKey>(Issued).When(key => IssueApiKeyHandler.Handle(Issue, key, Gone, Now)).ThenNothing();

    [Fact]
    public void An_unknown_scope_is_refused() =>
        Given<ApiKey>().When(key => IssueApiKeyHandler.Handle(Issue with { Scopes = ["all"] }, key, Present, Now)).ThenRefused(ApiKeyErrors.UnknownScope);

    [Fact]
    public void An_unknown_scope_behind_none_at_all_is_refused() =>
        Given<ApiKey>().When(key => IssueApiKeyHandler.Handle(Issue with { Scopes = [null!, "all"] }, key, Present, Now)).ThenRefused(ApiKeyErrors.UnknownScope);

    [Fact]
    public void A_key_that_has_expired_already_is_refused() =>
        Given<ApiKey>().When(key => IssueApiKeyHandler.Handle(Issue with { ExpiresAt = Now }, key, Present, Now)).ThenRefused(ApiKeyErrors.Expired);
}

public sealed class RevokeApiKeyTests
{
    private static readonly ApiKeyId Id = new(Guid.CreateVersion7());
    private static readonly ApiKeyIssued Issued = new(Id, "user-7", "laptop", "ab12", [], ExpiresAt: null);

    [Fact]
    public void A_key_is_revoked() => Given<ApiKey>(Issued).When(key => RevokeApiKeyHandler.Handle(new(Id), key)).Then(new ApiKeyRevoked(Id));

    [Fact]
    public void A_second_time_nothing_happens() =>
        Given<ApiKey>(Issued, new ApiKeyRevoked(Id)).When(key => RevokeApiKeyHandler.Handle(new(Id), key)).ThenNothing();

    [Fact]
    public void An_unknown_key_is_refused() => Given<ApiKey>().When(key => RevokeApiKeyHandler.Handle(new(Id), key)).ThenRefused(ApiKeyErrors.Unknown);
}
