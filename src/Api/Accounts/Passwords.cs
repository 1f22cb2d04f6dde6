using System.Threading.RateLimiting;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Projections.Accounts;
using EventSourced.ServiceDefaults.Secrets;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Npgsql;

namespace EventSourced.Api.Accounts;

/// <summary>Passwords: PBKDF2 with HMAC-SHA512, the hash kept as a secret, never in an event.</summary>
public sealed class Passwords(SecretStore secrets, SubjectIndex index, NpgsqlDataSource database) : IDisposable
{
    private const int Iterations = 220_000;
    private const int MostWaiting = 100;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    // Each takes a processor for about a tenth of a second: they must not take all of them, nor the threads of other requests.
    private readonly ConcurrencyLimiter verifications = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = Math.Max(1, Environment.ProcessorCount / 2), QueueLimit = MostWaiting, QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    private readonly PasswordHasher<string> hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = Iterations }));

    /// <summary>Verified when there is no such user, so that the time taken does not tell.</summary>
    private readonly Lazy<string> nobodysHash = new(() => new PasswordHasher<string>(
        Options.Create(new PasswordHasherOptions { IterationCount = Iterations })).HashPassword("", Guid.CreateVersion7().ToString()));

    public void Dispose() => verifications.Dispose();

    /// <summary>Keeps a password's hash; the id goes into the command.</summary>
    public Task<Guid> KeepAsync(string password, CancellationToken ct) => secrets.PutAsync(hasher.HashPassword("", password), ct);

    /// <summary>The active user with this login name and password; null otherwise. A hash made with weaker settings is replaced.</summary>
    public async Task<int?> VerifyAsync(string login, string password, CancellationToken ct)
    {
        using var turn = await verifications.AcquireAsync(cancellationToken: ct);
        if (!turn.IsAcquired)
            throw new RequestRefusedException(StatusCodes.Status503ServiceUnavailable, "login.busy", "Too many sign in at the same time; try again.") { RetryAfter = Soon };

        var (userId, secret) = await FindAsync(login, ct);
        var hash = secret is { } id ? await secrets.OpenAsync(id, ct) : null;
        var result = hasher.VerifyHashedPassword("", hash ?? nobodysHash.Value, password);
        if (hash is null || result is PasswordVerificationResult.Failed)
            return null;

        if (result is PasswordVerificationResult.SuccessRehashNeeded)
            await secrets.ReplaceAsync(secret!.Value, hasher.HashPassword("", password), ct);

        return userId;
    }

    private async Task<(int? UserId, Guid? Secret)> FindAsync(string login, CancellationToken ct)
    {
        if (await index.FindAsync(NameKinds.Login, login, ct) is not { } subject)
            return (null, null);

        await using var command = database.CreateCommand("select id, password_secret from es.users where key = $1 and active and password_secret is not null");
        command.Parameters.Add(new() { Value = subject });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? (reader.GetInt32(0), reader.GetGuid(1)) : (null, null);
    }
}
