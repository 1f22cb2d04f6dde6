using System.CommandLine;
using Spectre.Console;

namespace EventSourced.Workers.Commands;

/// <summary>Compares read models with what the event log says they are.</summary>
public static class VerifyCommand
{
    public static Command Create()
    {
        var name = new Argument<string?>("name") { Arity = ArgumentArity.ZeroOrOne, Description = "A projection; all of them without." };
        var command = new Command("verify", "Folds the event log again and compares with every read model. Exit code 0 when all are equal.") { name };
        command.SetAction((parsed, cancellation) => UnknownName.ExplainAsync(() => RunAsync(AnsiConsole.Console, parsed.GetValue(name), cancellation)));
        return command;
    }

    private static async Task<int> RunAsync(IAnsiConsole console, string? name, CancellationToken cancellation)
    {
        await using var host = await CommandHost.CreateAsync(cancellation);
        var reports = await host.Services.GetRequiredService<IDocumentStore>().Advanced.VerifyAsync(name, cancellation);
        console.Write(Draw(reports));
        foreach (var report in reports)
            Explain(console, report);

        var different = reports.Count(report => !report.IsEqual);
        console.WriteLine(different is 0 ? $"{reports.Count} read models are equal to the event log." : $"{different} of {reports.Count} read models differ from the event log.");
        return different is 0 ? 0 : 1;
    }

    private static Table Draw(IReadOnlyList<VerifyReport> reports)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "projection", "up to", "table", "rows", "sha-256");
        foreach (var report in reports)
        {
            foreach (var compared in report.Tables)
            {
                table.AddRow(
                    new Text(compared.FirstDifference is null ? "equal" : "DIFFERS"), new Text(report.Projection), new Text($"{report.UpTo}"),
                    new Text(compared.Table), new Text($"{compared.Rows}"), new Text(compared.Digest[..12]));
            }
        }

        return table;
    }

    private static void Explain(IAnsiConsole console, VerifyReport report)
    {
        foreach (var table in report.Tables.Where(table => table.FirstDifference is not null))
        {
            var difference = table.FirstDifference!;
            console.WriteLine($"{table.Table}: {table.Rows} rows, {table.ExpectedRows} expected. The first that differs is {difference.Id}");
            console.WriteLine($"  is       {difference.Actual ?? "not there"}");
            console.WriteLine($"  expected {difference.Expected ?? "not there"}");
        }

        foreach (var parked in report.Parked)
            console.WriteLine($"Parked since {parked.Parked:u}: {parked.DocumentId} of {parked.Shard} at event {parked.Sequence}: {parked.Error}");
    }
}
