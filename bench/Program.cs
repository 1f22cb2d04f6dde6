using System.CommandLine;
using EventSourced.Bench;

var names = new Argument<string[]>("name") { Arity = ArgumentArity.ZeroOrMore, Description = $"What to measure; all of it without: {string.Join(", ", Benches.All.Keys)}." };
var command = new RootCommand("Measures, each row beside its yardstick from the same run, one JSON line a row.") { names };
command.SetAction((parsed, cancellation) => Benches.RunAsync(parsed.GetValue(names) ?? [], cancellation));
return await command.Parse(args).InvokeAsync();
