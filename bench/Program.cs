using System.CommandLine;
using EventSourced.Bench;

var names = new Argument<string[]>("name") { Arity = ArgumentArity.ZeroOrMore, Description = $"What to measure; all of it without: {string.Join(", ", Benches.All.Keys)}." };
var seconds = new Option<double>("--seconds") { DefaultValueFactory = _ => 40, Description = "How long each side of a row is measured." };
seconds.Validators.Add(given =>
{
    if (given.GetValueOrDefault<double>() < Load.Turns)
        given.AddError($"--seconds is at least {Load.Turns}: a side is measured in as many turns, and pgbench takes whole seconds.");
});
var command = new RootCommand("Measures, each row beside its yardstick from the same run, one JSON line a row.") { names, seconds };
command.SetAction((parsed, cancellation) =>
{
    Load.Duration = TimeSpan.FromSeconds(parsed.GetValue(seconds));
    return Benches.RunAsync(parsed.GetValue(names) ?? [], cancellation);
});
return await command.Parse(args).InvokeAsync();
