namespace EventSourced.Messaging.Handlers;

/// <summary>Who, why and by which message: the metadata of every event a message's handling records.</summary>
internal sealed record EventStamp(string CorrelationId, string CausationId, string UserName, string MessageId, string MessageType, string By, string? TraceParent)
{
    public IEvent On(object body)
    {
        var @event = Event.For(body);
        @event.CorrelationId = CorrelationId;
        @event.CausationId = CausationId;
        @event.UserName = UserName;
        @event.SetHeader("message_id", MessageId);
        @event.SetHeader("message_type", MessageType);
        @event.SetHeader("by", By);
        if (TraceParent is not null)
            @event.SetHeader("traceparent", TraceParent);

        return @event;
    }
}
