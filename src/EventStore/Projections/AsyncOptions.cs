namespace EventSourced.EventStore.Projections;

/// <summary>How a projection is built anew.</summary>
public sealed class AsyncOptions
{
    internal List<string> Tables { get; } = [];

    /// <summary>
    /// Names a flat table that only this projection writes. A rebuild replaces its contents: they are built beside and swapped in, so that readers see either the
    /// old ones or the new ones.
    /// </summary>
    /// <param name="name">With its schema.</param>
    public void DeleteDataInTableOnTeardown(string name) => Tables.Add(name);
}
