using System.Text.Json;

namespace EventSourced.EventStore;

/// <summary>What the store knows: event types, documents, projections. Filled once at start, then read only.</summary>
public sealed class StoreOptions
{
    /// <summary>Every connection of ours begins its <c>application_name</c> with this; the high-water mark tells ours from foreign writers by it.</summary>
    public const string ApplicationNamePrefix = "eventsourced";

    /// <summary>The PostgreSQL connection string. Required.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>The clock of event timestamps. Default the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Event types, upcasters, append behaviour.</summary>
    public EventStoreOptions Events { get; } = new();

    /// <summary>Projections and their lifecycles.</summary>
    public ProjectionOptions Projections { get; } = new();

    /// <summary>Document tables.</summary>
    public SchemaOptions Schema { get; } = new();

    /// <summary>JSON as the store writes it: names as in C#, enums as text, nulls written.</summary>
    public JsonSerializerOptions SerializerOptions { get; } = StoreJson.CreateOptions();
}
