namespace EventSourced.Domain;

/// <summary>The one refusal: a rule of the domain says no. Never retried.</summary>
/// <param name="code">Stable code, part of the API (<c>build_task.not_idle</c>).</param>
/// <param name="message">A sentence for the caller.</param>
public sealed class RuleViolationException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;
}
