using System.Reflection;

namespace EventSourced.Messaging.Handlers;

/// <summary>The methods found for one message type, possibly in several classes and assemblies.</summary>
internal sealed class HandlerMethods(Type messageType)
{
    public Type MessageType { get; } = messageType;

    public List<FoundMethod> Handles { get; } = [];

    public List<FoundMethod> Loads { get; } = [];

    /// <summary>As <see cref="Loads"/>, for several messages at once.</summary>
    public List<FoundMethod> LoadsOfMany { get; } = [];

    public List<FoundMethod> Validates { get; } = [];

    /// <summary>What an effect has to report when it is not tried again.</summary>
    public List<FoundMethod> GiveUps { get; } = [];
}

/// <summary>A handler method and whether it stands among the decisions, where everything is pure.</summary>
internal sealed record FoundMethod(MethodInfo Method, bool InDecisions)
{
    public override string ToString() => $"{Method.DeclaringType!.FullName}.{Method.Name}";
}
