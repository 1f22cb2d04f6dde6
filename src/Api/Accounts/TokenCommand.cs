using System.CommandLine;
using System.Globalization;
using EventSourced.Api.Hosting;
using EventSourced.Api.Hosting.Authentication;
using EventSourced.Projections.Accounts;
using EventSourced.ServiceDefaults;
using EventSourced.ServiceDefaults.Hosting;
using EventSourced.ServiceDefaults.Postgres;
using EventSourced.ServiceDefaults.Secrets;
using Npgsql;

namespace EventSourced.Api.Accounts;

/// <summary><c>token USER [--days N]</c>: prints a JSON web token that carries both payload forms.</summary>
internal static class TokenCommand
{
    private const int UnknownUser = 1;

    public static Command Create(string[] args)
    {
        var user = new Argument<string>("USER") { Description = "Number or login name." };
        var days = new Option<int>("--days") { Description = "Days until it expires, 1 to 3660.", DefaultValueFactory = _ => 365 };
        days.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 3660)
                result.AddError("--days must be from 1 to 3660.");
        });

        var command = new Command("token", "Prints a token for a user.") { user, days };
        command.TreatUnmatchedTokensAsErrors = false; // settings, as for the host itself
        command.SetAction((result, ct) => PrintAsync(args, result.GetRequiredValue(user), result.GetValue(days), ct));
        return command;
    }

    private static async Task<int> PrintAsync(string[] args, string user, int days, CancellationToken ct)
    {
        var builder = HostStart.CreateBuilder(args);
        builder.Logging.ClearProviders();
        await using var postgres = await builder.AddPostgresAsync(ct);
        builder.Services.AddSingleton(TimeProvider.System).AddMetrics().AddStoreAndBus().AddSecrets().AddSingleton<JsonWebTokens>().AddScoped<UserTokens>();
        await using var services = builder.Services.BuildServiceProvider();
        try
        {
            await services.GetRequiredService<HostSecrets>().LoadAsync(ct);
            if (await FindAsync(services, user, ct) is not { } id)
            {
                await Console.Error.WriteLineAsync($"There is no active user '{user}'.");
                return UnknownUser;
            }

            await Console.Out.WriteLineAsync(await IssueAsync(services, id, TimeSpan.FromDays(days), ct));
            return 0;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            throw new ConfigurationException("this database has not been used yet; start the host once.");
        }
    }

    private static async Task<string> IssueAsync(ServiceProvider services, int user, TimeSpan lifetime, CancellationToken ct)
    {
        await using var scope = services.CreateAsyncScope();
        var message = scope.ServiceProvider.GetRequiredService<MessageContext>();
        (message.UserName, message.By) = ("system", "api");
        return (await scope.ServiceProvider.GetRequiredService<UserTokens>().IssueAsync(user, "token command", lifetime, ct)).Token;
    }

    private static async Task<int?> FindAsync(ServiceProvider services, string user, CancellationToken ct)
    {
        var key = int.TryParse(user, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? $"user-{number}"
            : await services.GetRequiredService<SubjectIndex>().FindAsync(NameKinds.Login, user, ct);

        await using var command = services.GetRequiredService<NpgsqlDataSource>().CreateCommand("select id from es.users where key = $1 and active");
        command.Parameters.Add(new() { Value = key ?? "" });
        return await command.ExecuteScalarAsync(ct) as int?;
    }
}
