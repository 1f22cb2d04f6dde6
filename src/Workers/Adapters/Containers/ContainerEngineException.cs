using System.Net;

namespace EventSourced.Workers.Adapters.Containers;

/// <summary>The container engine refused, or did not answer. The message is for the user.</summary>
/// <param name="message">What the engine said.</param>
/// <param name="status">What it answered; null when it did not.</param>
public sealed class ContainerEngineException(string message, HttpStatusCode? status) : Exception(message)
{
    public HttpStatusCode? Status { get; } = status;

    /// <summary>Nothing was refused: the same may work later, or on another machine.</summary>
    public bool IsUnavailable => Status is null;
}
