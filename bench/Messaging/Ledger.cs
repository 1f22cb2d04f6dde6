namespace EventSourced.Bench.Messaging;

/// <summary>The smallest stream with a decision that a message can aim at.</summary>
public sealed record Ledger(string Id, int Entries)
{
    public static Ledger Create(EntryAdded _) => new("", 1);

    public Ledger Apply(EntryAdded _) => this with { Entries = Entries + 1 };
}

public readonly record struct LedgerId(int Value)
{
    public string StreamKey => $"ledger-{Value}";
}

public interface ILedgerEvent;

public sealed record EntryAdded(int Ledger, int Amount, string Text) : ILedgerEvent;

public sealed record AddEntry(LedgerId LedgerId, int Amount);

public static class AddEntryHandler
{
    public static EntryAdded Handle(AddEntry command, Ledger? ledger) => new(command.LedgerId.Value, command.Amount, ledger is null ? "first" : "next");
}
