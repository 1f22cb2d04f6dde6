using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace EventSourced.Api.Tests;

/// <summary>The real API over a database and a data folder of its own: <c>IClassFixture&lt;ApiHost&gt;</c>.</summary>
public class ApiHost : WebApplicationFactory<Program>, IAsyncLifetime
{
    private readonly TestDatabase database;
    private readonly bool ownsDatabase;

    public ApiHost() : this(new TestDatabase(), Directory.CreateTempSubdirectory("es-api-").FullName, owns: true) { }

    private ApiHost(TestDatabase database, string dataFolder, bool owns) => (this.database, DataFolder, ownsDatabase) = (database, dataFolder, owns);

    public string DataFolder { get; }

    public TestDatabase Database => database;

    /// <summary>What this host logged, as text.</summary>
    public RecordedLog Log { get; } = new();

    /// <summary>What of it is kept, whatever the settings say.</summary>
    public LogLevel RecordedLevel { get; init; } = LogLevel.Information;

    /// <summary>Whether it listens at an address of this machine, for programs that come from outside; else requests reach it in memory.</summary>
    public bool Listens { get; init; }

    /// <summary>Settings on top of the defaults; to be filled before the first request.</summary>
    public Dictionary<string, string?> Settings { get; } = [];

    /// <summary>Sends requests; created once.</summary>
    public HttpClient Http { get; private set; } = null!;

    /// <summary>The first administrator's key.</summary>
    public string AdminKey => File.ReadAllText(Path.Combine(DataFolder, "admin.key")).Trim();

    /// <summary>The local build node's token.</summary>
    public string NodeToken => File.ReadAllText(Path.Combine(DataFolder, "node-build.token")).Trim();

    /// <summary>The local sign node's token.</summary>
    public string SignToken => File.ReadAllText(Path.Combine(DataFolder, "node-sign.token")).Trim();

    /// <summary>Another host over the same database and data folder; the caller starts and disposes it.</summary>
    public ApiHost Beside(string? dataFolder = null) => new(database, dataFolder ?? DataFolder, owns: false);

    public virtual async ValueTask InitializeAsync()
    {
        if (ownsDatabase)
            await database.InitializeAsync();

        Start();
    }

    /// <summary>Starts the host; when that fails, throws with what the host logged.</summary>
    public void Start()
    {
        try
        {
            if (Listens)
            {
                UseKestrel(port: 0);
                StartServer();
            }

            Http = CreateClient(new WebApplicationFactoryClientOptions { AllowAutoRedirect = false, BaseAddress = ClientOptions.BaseAddress });
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidOperationException($"The host did not start.\n{Log.Text}", exception);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (ownsDatabase)
        {
            await database.DisposeAsync();
            if (Directory.Exists(DataFolder))
                Directory.Delete(DataFolder, recursive: true);
        }

        GC.SuppressFinalize(this);
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.UseSetting("ConnectionStrings:EventSourced", database.ConnectionString);
        builder.UseSetting("Data:Path", DataFolder);
        foreach (var (name, value) in Settings)
            builder.UseSetting(name, value);

        builder.ConfigureLogging(logging => logging.ClearProviders().AddProvider(Log).AddFilter<RecordedLog>(null, RecordedLevel));
    }
}
