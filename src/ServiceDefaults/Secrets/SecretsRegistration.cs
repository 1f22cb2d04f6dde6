using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace EventSourced.ServiceDefaults.Secrets;

public static class SecretsRegistration
{
    /// <summary>
    /// Secrets, subject keys and the key ring over the host's <see cref="NpgsqlDataSource"/>. To be called after what applies the database schema
    /// (<see cref="SecretsSchema"/>), because hosted services start in that order.
    /// </summary>
    public static IServiceCollection AddSecrets(this IServiceCollection services)
    {
        services.AddSingleton(sp =>
        {
            var configuration = sp.GetRequiredService<IConfiguration>();
            return MasterKey.Load(configuration[MasterKey.Variable], configuration["Data:Path"] ?? ".data");
        });
        services.AddSingleton<HostSecrets>().AddSingleton<SecretStore>().AddSingleton<SubjectKeys>().AddSingleton<SubjectIndex>();
        services.AddHostedService<SecretsStart>();
        services.AddDataProtection().SetApplicationName("eventsourced");
        services.AddOptions<KeyManagementOptions>().Configure<NpgsqlDataSource, MasterKey>((options, database, master) =>
        {
            options.XmlRepository = new KeyRing(database);
            options.XmlEncryptor = new KeyRingEncryptor(master);
        });
        return services;
    }
}

/// <summary>Reads the host's secrets and makes the first key of the ring, one host at a time, so that no two hosts begin with different keys.</summary>
internal sealed class SecretsStart(NpgsqlDataSource database, HostSecrets secrets, IDataProtectionProvider protection) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var command = new NpgsqlCommand("select pg_advisory_xact_lock(hashtextextended('eventsourced.secrets', 0))", connection, transaction);
        await command.ExecuteNonQueryAsync(cancellationToken);
        await secrets.LoadAsync(cancellationToken);
        protection.CreateProtector("start").Protect([]);
        await transaction.CommitAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
