namespace EventSourced.Projections.Tests;

/// <summary>Read models as they were written live, beside the same ones made from the events alone.</summary>
internal sealed class RebuiltCopy(IReadOnlyList<ProjectionBase> projections, Action<StoreOptions> configure)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Every projection in a namespace.</summary>
    public static IReadOnlyList<ProjectionBase> ProjectionsBeside(Type registration) =>
    [
        .. registration.Assembly.GetTypes().Where(t => t.Namespace == registration.Namespace && t.IsSubclassOf(typeof(ProjectionBase)))
            .Select(t => (ProjectionBase)Activator.CreateInstance(t)!),
    ];

    /// <summary>The name it is rebuilt by.</summary>
    public static string NameOf(ProjectionBase projection) =>
        projection is EventProjection ? projection.GetType().FullName! : projection.GetType().BaseType!.GenericTypeArguments[0].Name; // a class has a name

    /// <summary>Every table and its rows.</summary>
    public async Task<IReadOnlyList<(string Table, string Rows)>> ContentsAsync(TestDatabase database)
    {
        var contents = new List<(string, string)>();
        foreach (var table in projections.SelectMany(TablesOf))
            contents.Add((table, string.Join('\n', await RowsAsync(database, table))));

        return contents;
    }

    /// <summary>Copies the log of one database into another that holds nothing yet, and projects it there.</summary>
    public async Task ProjectAsync(TestDatabase live, TestDatabase empty)
    {
        await CopyAsync("mt_streams", live, empty);
        await CopyAsync("mt_events", live, empty);
        await using var store = DocumentStore.For(options =>
        {
            options.ConnectionString = empty.ConnectionString;
            configure(options);
            foreach (var projection in projections)
                options.Projections.Add(projection, ProjectionLifecycle.Async);
        });
        await using var daemon = store.BuildProjectionDaemon();
        await daemon.StartAllAsync();
        await daemon.WaitForNonStaleData(TimeSpan.FromMinutes(1));
    }

    private static IEnumerable<string> TablesOf(ProjectionBase projection) => projection is EventProjection flat
        ? flat.Options.Tables
        : [$"mt_doc_{projection.GetType().BaseType!.GenericTypeArguments[0].Name.ToLowerInvariant()}"];

    private static async Task<List<string>> RowsAsync(TestDatabase database, string table)
    {
        await using var command = database.DataSource.CreateCommand($"select (to_jsonb(t) - 'mt_last_modified')::text from {table} t order by 1");
        await using var reader = await command.ExecuteReaderAsync(Token);
        var rows = new List<string>();
        while (await reader.ReadAsync(Token))
            rows.Add(reader.GetString(0));

        return rows;
    }

    private static async Task CopyAsync(string table, TestDatabase from, TestDatabase to)
    {
        await using var source = await from.DataSource.OpenConnectionAsync(Token);
        await using var target = await to.DataSource.OpenConnectionAsync(Token);
        await using var read = await source.BeginRawBinaryCopyAsync($"copy {table} to stdout (format binary)", Token);
        await using var write = await target.BeginRawBinaryCopyAsync($"copy {table} from stdin (format binary)", Token);
        await read.CopyToAsync(write, Token);
    }
}
