using EventSourced.EventStore.Daemon.Parking;

namespace EventSourced.EventStore.Daemon.Shards;

/// <summary>One document while events are folded onto it.</summary>
internal sealed class FoldedDocument(
    DocumentProjectionModel projection, string id, object? document, long version, bool isStored, Exception? unreadable = null)
{
    public string Id => id;

    public object? Document { get; private set; } = document;

    /// <summary>What <c>mt_version</c> becomes.</summary>
    public long Version { get; private set; } = version;

    /// <summary>Whether the table has a row of it.</summary>
    public bool IsStored { get; set; } = isStored;

    /// <summary>Whether the body in the table, if there is one, could be read.</summary>
    public bool IsReadable => unreadable is null;

    public bool IsChanged { get; private set; }

    /// <summary>The first event folded since it was loaded.</summary>
    public long FirstSequence { get; private set; }

    public Failure? Failure { get; private set; }

    /// <summary>Folds one event; a document that failed stays as it was before.</summary>
    public void Fold(IEvent @event)
    {
        if (Failure is not null || !projection.Handles(@event.EventType))
            return;

        if (unreadable is not null)
        {
            Fail(@event.Sequence, unreadable);
            return;
        }

        try
        {
            Document = projection.Evolve(Document, @event, id);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            Fail(@event.Sequence, failure);
            return;
        }

        FirstSequence = IsChanged ? FirstSequence : @event.Sequence;
        Version = projection.VersionAfter(@event);
        IsChanged = true;
    }

    public void Fail(long sequence, Exception exception) => Failure = new Failure(id, sequence, exception);

    /// <summary>Takes over what it was before its failure, folded again: a document that events change in place may be half changed.</summary>
    public void Restore(FoldedDocument before) => (Document, Version, IsChanged) = (before.Document, before.Version, before.IsChanged);
}
