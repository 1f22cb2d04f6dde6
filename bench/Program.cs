using System.CommandLine;
using EventSourced.Bench;

var names = new Argument<string[]>("name") { Arity = ArgumentArity.ZeroOrMore, Description = $"What to measure; all of it without: {string.Join(", ", Benches.All.Keys)}." };
var seconds = new Option<double>("--seconds") { DefaultValueFactory = _ => 40, Description = "How long each side of a row is measured." };
var command = new RootCommand("Measures, each row beside its yardstick from the same run, one JSON line a row.") { names, seconds };
command.SetAction((parsed, cancellation) =>
{
    Load.Duration = TimeSpan.FromSeconds(parsed.GetValue(seconds));
    return Benches.RunAsync(parsed.GetValue(names) ?? [], cancellation);
});
return await command.Parse(args).InvokeAsync();
