using EventSourced.Api.Accounts;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Api.Tests.Accounts;

/// <summary>Makes users and keys through the API, as an administrator would.</summary>
internal static class Accounts
{
    private static int count;

    public static string UniqueLogin(string name) => $"{name}-{Interlocked.Increment(ref count)}";

    /// <summary>A new user with these roles.</summary>
    public static async Task<int> UserAsync(this ApiHost api, params string[] roles)
    {
        var answer = await api.Http.Post("/api/users", new { login = UniqueLogin("user"), roles }).As(api.AdminKey).Expect(201);
        return answer.Json.GetProperty("id").GetInt32();
    }

    /// <summary>A key of that user.</summary>
    public static async Task<(string Key, Guid Id)> KeyAsync(this ApiHost api, int user, params string[] scopes)
    {
        var answer = await api.Http.Post("/api/keys", new { label = "test", scopes, principal = $"user-{user}" }).As(api.AdminKey).Expect(201);
        return (answer.Json.GetProperty("key").GetString()!, answer.Json.GetProperty("id").GetGuid());
    }

    /// <summary>A JSON web token of that user for an hour.</summary>
    public static async Task<string> TokenAsync(this ApiHost api, int user)
    {
        await using var scope = api.Services.CreateAsyncScope();
        return (await scope.ServiceProvider.GetRequiredService<UserTokens>().IssueAsync(user, "test", TimeSpan.FromHours(1), TestContext.Current.CancellationToken)).Token;
    }

    /// <summary>The key of a new user with these roles.</summary>
    public static async Task<string> KeyOfNewAsync(this ApiHost api, params string[] roles) => (await api.KeyAsync(await api.UserAsync(roles))).Key;
}
