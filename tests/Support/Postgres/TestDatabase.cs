using System.Collections.Concurrent;
using System.Security.Cryptography;
using Npgsql;
using Xunit;

namespace EventSourced.Support;

/// <summary>
/// A database of its own for one test class: <c>IClassFixture&lt;TestDatabase&gt;</c> for an empty one, or a fixture derived from this one that says what its
/// databases hold. What it prepares is prepared once per run, in a template that each test class gets a clone of.
/// </summary>
public class TestDatabase : IAsyncLifetime
{
    private static readonly string Run = RandomNumberGenerator.GetHexString(8, true);
    private static readonly ConcurrentDictionary<Type, Lazy<Task<string>>> Templates = new();
    private static int count;

    private string? name;
    private NpgsqlDataSource? dataSource;

    static TestDatabase() => AppDomain.CurrentDomain.ProcessExit += (_, _) => DropTemplatesAsync().GetAwaiter().GetResult();

    /// <summary>Connects as superuser to this database.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>Pooled connections to this database, for what a test looks up or arranges itself.</summary>
    public NpgsqlDataSource DataSource => dataSource ?? throw new InvalidOperationException("The fixture is not initialized.");

    /// <summary>Fills the template; called once per run and fixture type. Leave no connection open.</summary>
    protected virtual Task PrepareTemplateAsync(string connectionString, CancellationToken token) => Task.CompletedTask;

    /// <summary>A further clone of what this fixture's databases hold; the caller disposes it.</summary>
    public async Task<TestDatabase> CloneAsync()
    {
        var clone = (TestDatabase)Activator.CreateInstance(GetType())!;
        await clone.InitializeAsync();
        return clone;
    }

    /// <summary>An outage, until the result is disposed: whoever is in this database is thrown out, and nobody gets in.</summary>
    public async Task<IAsyncDisposable> ShutAsync(CancellationToken token)
    {
        await SharedServer.ExecuteAsync($"alter database {name} allow_connections false", token);
        await SharedServer.ExecuteAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'", token);
        return new Outage($"alter database {name} allow_connections true");
    }

    /// <summary>Clones the template.</summary>
    public virtual async ValueTask InitializeAsync()
    {
        var token = TestContext.Current.CancellationToken;
        var template = await Templates.GetOrAdd(GetType(), _ => new(() => PrepareAsync(token))).Value;
        name = $"t_{Run}_{Interlocked.Increment(ref count)}";
        await SharedServer.ExecuteAsync($"create database {name} template {template}", token);
        ConnectionString = await ConnectionStringToAsync(name);
        dataSource = NpgsqlDataSource.Create(ConnectionString);
    }

    /// <summary>Drops the clone, also when connections to it are open.</summary>
    public virtual async ValueTask DisposeAsync()
    {
        if (dataSource is not null)
            await dataSource.DisposeAsync();

        if (name is not null)
            await SharedServer.ExecuteAsync($"drop database if exists {name} with (force)", CancellationToken.None);

        GC.SuppressFinalize(this);
    }

    private async Task<string> PrepareAsync(CancellationToken token)
    {
        var template = $"template_{Run}_{Interlocked.Increment(ref count)}";
        await SharedServer.ExecuteAsync($"create database {template}", token);
        await PrepareTemplateAsync(await ConnectionStringToAsync(template), token);
        await SharedServer.ExecuteAsync($"alter database {template} allow_connections false", token);
        await SharedServer.ExecuteAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{template}'", token);
        return template;
    }

    private static async Task<string> ConnectionStringToAsync(string database) =>
        new NpgsqlConnectionStringBuilder(await SharedServer.ConnectionStringAsync()) { Database = database, MaxPoolSize = 60, IncludeErrorDetail = true }.ConnectionString;

    private static async Task DropTemplatesAsync()
    {
        // A cluster of our own goes as a whole.
        if (!SharedServer.IsGiven)
            return;

        foreach (var template in Templates.Values.Where(t => t.IsValueCreated && t.Value.IsCompletedSuccessfully))
            await SharedServer.ExecuteAsync($"drop database if exists {await template.Value} with (force)", CancellationToken.None);
    }

    private sealed class Outage(string end) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await SharedServer.ExecuteAsync(end, CancellationToken.None);
    }
}
