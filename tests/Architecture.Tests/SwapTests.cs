using System.Reflection;

namespace EventSourced.Architecture.Tests;

/// <summary>Projections name nothing of the event store that Marten does not have, so that they compile on the package as they are (docs/adr/0027).</summary>
public sealed class SwapTests
{
    /// <summary>Marten 9's, with the same parameters and meaning: what stands here was looked up there.</summary>
    private static readonly string[] OfMarten =
    [
        "StoreOptions.get_Events", "StoreOptions.get_Projections", "StoreOptions.get_Schema",
        "EventStoreOptions.AddEventTypes", "ProjectionOptions.Add", "SchemaOptions.For", "DocumentMappingExpression`1.Index", "DocumentMappingExpression`1.Duplicate",
        "ProjectionBase.set_IncludeArchivedEvents", "EventProjection..ctor", "EventProjection.get_Options", "AsyncOptions.DeleteDataInTableOnTeardown",
        "SingleStreamProjection`2..ctor",
        "IDocumentOperations.QueueSqlCommand", "IDocumentOperations.get_Events", "IDocumentSession.BeginTransactionAsync", "IDocumentSession.SaveChangesAsync",
        "IQuerySession.LoadAsync", "IQuerySession.LoadManyAsync", "IQuerySession.QueryAsync",
        "IDocumentSession.CreateBatchQuery", "IBatchedQuery.get_Events", "IBatchedQuery.Execute", "IBatchEvents.FetchForWriting",
        "IEventStoreOperations.FetchForWriting", "IEventStream`1.get_Aggregate", "IEvent`1.get_Data",
        "IEvent.get_CausationId", "IEvent.get_CorrelationId", "IEvent.get_Id", "IEvent.get_Sequence", "IEvent.get_Timestamp", "IEvent.get_UserName",
    ];

    [Fact]
    public void Projections_use_only_members_that_Marten_has()
    {
        var used = Code.MembersUsedBy("Projections").Where(member => member.StartsWith("EventSourced.EventStore.", StringComparison.Ordinal)).Select(WithoutNamespace);

        Assert.Equal([], used.Except(OfMarten).Order());
    }

    [Fact]
    public void The_list_holds_nothing_that_is_no_longer_used() =>
        Assert.Empty(OfMarten.Except(Code.MembersUsedBy("Projections").Select(WithoutNamespace)));

    [Fact]
    public void Projections_override_nothing_of_the_store()
    {
        var overrides =
            from type in Code.TypesOf("Projections")
            from method in type.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            where method.GetBaseDefinition().DeclaringType?.Assembly == Code.Assembly("EventStore")
            select $"{type.Name}.{method.Name}";

        Assert.Empty(overrides);
    }

    private static string WithoutNamespace(string member)
    {
        var name = member.EndsWith("..ctor", StringComparison.Ordinal) ? ".ctor" : member[(member.LastIndexOf('.') + 1)..];
        return $"{member[..^(name.Length + 1)].Split('.')[^1]}.{name}";
    }
}
