namespace EventSourced.EventStore.Daemon;

/// <summary>
/// A daemon that is not ours runs the shard: it would go on from what it remembers of documents that were replaced. Nothing was done; stop that daemon, or wait
/// until it gives the shard's lock back.
/// </summary>
/// <param name="shard">The shard's name, as in <c>mt_event_progression</c>.</param>
/// <param name="holder">The <c>application_name</c> of the session that holds its lock.</param>
public sealed class ShardRunElsewhereException(string shard, string holder) : InvalidOperationException($"{shard} is run by another daemon ('{holder}').");
