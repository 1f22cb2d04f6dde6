using System.CommandLine;
using System.Runtime.InteropServices;
using EventSourced.ServiceDefaults;
using EventSourced.Workers.Adapters.Containers;
using Microsoft.Extensions.Options;
using Npgsql;
using Spectre.Console;

namespace EventSourced.Workers.Commands;

/// <summary>Looks at the installation and says what is wrong with it.</summary>
public static class DoctorCommand
{
    private const long LeastFreeBytes = 1L << 30;

    // One row each: what, its value, whether it is as it has to be.
    private const string DatabaseQuestions = """
        select 'PostgreSQL', current_setting('server_version'), current_setting('server_version_num')::int >= 140000
        union all
        select name, setting, setting = 'on' from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes')
        union all
        select 'events', count(*)::text, true from public.mt_events
        union all
        select 'queued messages', count(*)::text, true from es.queue
        union all
        select 'dead letters', count(*)::text, count(*) = 0 from es.dead_letters
        """;

    public static Command Create()
    {
        var command = new Command("doctor", "Checks the installation: tools, data folder, database. Exit code 0 when nothing is wrong.");
        command.SetAction((_, cancellation) => RunAsync(AnsiConsole.Console, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(IAnsiConsole console, CancellationToken cancellation)
    {
        await using var host = await CommandHost.CreateAsync(cancellation);
        List<Finding> findings =
        [
            new(".NET", RuntimeInformation.FrameworkDescription, Health.Good),
            DataFolder(host.Services.GetRequiredService<IOptions<DataOptions>>().Value.Path),
            new("database", host.IsEmbedded ? "embedded" : "given by ConnectionStrings:EventSourced", Health.Good),
            .. await AskDatabaseAsync(host.Services.GetRequiredService<NpgsqlDataSource>(), cancellation),
            .. await AskEngineAsync(host.Services.GetRequiredService<IConfiguration>(), cancellation),
            .. MachineTool.All().Select(Look),
        ];
        console.Write(Draw(findings));
        var wrong = findings.Count(finding => finding.Health is Health.Bad);
        console.WriteLine(wrong is 0 ? "Nothing is wrong." : $"{wrong} wrong.");
        return wrong is 0 ? 0 : 1;
    }

    private static Finding DataFolder(string path)
    {
        var free = new DriveInfo(Path.GetFullPath(path)).AvailableFreeSpace;
        return new Finding("data folder", $"{Path.GetFullPath(path)}, {free >> 20} MiB free", free >= LeastFreeBytes ? Health.Good : Health.Bad);
    }

    private static Finding Look(MachineTool tool) => tool.Find() is { } path
        ? new Finding(tool.Program, path, Health.Good)
        : new Finding(tool.Program, $"missing (package {tool.Package}), so no {tool.Disables}", Health.Reduced);

    private static async Task<List<Finding>> AskDatabaseAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        var findings = new List<Finding>();
        await using var command = database.CreateCommand(DatabaseQuestions);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            findings.Add(new Finding(reader.GetString(0), reader.GetString(1), reader.GetBoolean(2) ? Health.Good : Health.Bad));
        return findings;
    }

    /// <summary>Nothing where none is set: then the machine builds.</summary>
    private static async Task<IReadOnlyList<Finding>> AskEngineAsync(IConfiguration configuration, CancellationToken cancellation)
    {
        if (configuration.GetSection("Containers").Get<ContainerOptions>() is not { Engine: { } address } options)
            return [];

        using var engine = new ContainerEngine(Options.Create(options));
        try
        {
            await engine.PingAsync(cancellation);
            return [new Finding("container engine", address, Health.Good)];
        }
        catch (ContainerEngineException e)
        {
            return [new Finding("container engine", e.Message, Health.Bad)];
        }
    }

    private static Table Draw(List<Finding> findings)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "what", "finding");
        foreach (var finding in findings)
            table.AddRow(new Text(Mark(finding.Health)), new Text(finding.What), new Text(finding.Text));
        return table;
    }

    private static string Mark(Health health) => health switch
    {
        Health.Good => "ok",
        Health.Reduced => "-",
        _ => "WRONG",
    };

    private enum Health
    {
        Good,
        Reduced,
        Bad,
    }

    private sealed record Finding(string What, string Text, Health Health);
}
