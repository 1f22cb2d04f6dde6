namespace EventSourced.Messaging.Durability;

/// <summary>Retry rules by exception type; the most derived type that fits decides.</summary>
public sealed class FailurePolicies
{
    private static readonly TimeSpan[] DefaultCooldowns =
        [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10)];

    private readonly Dictionary<Type, TimeSpan[]> cooldowns = new() { [typeof(Exception)] = DefaultCooldowns };

    /// <summary>The rule for <typeparamref name="TException"/> and what derives from it. For <see cref="Exception"/> it replaces the default: after 1 s, 5 s, 30 s, 2 min and 10 min.</summary>
    public FailurePolicy OnException<TException>() where TException : Exception => new(pauses => cooldowns[typeof(TException)] = pauses);

    /// <summary>The pause before the next try, with ± 20 % jitter; null when the message is dead.</summary>
    internal TimeSpan? NextPause(Exception exception, int attempts)
    {
        var pauses = PausesFor(exception.GetType());
        return attempts > pauses.Length ? null : pauses[attempts - 1] * (0.8 + Random.Shared.NextDouble() * 0.4);
    }

    private TimeSpan[] PausesFor(Type type)
    {
        for (var candidate = type; candidate is not null; candidate = candidate.BaseType)
        {
            if (cooldowns.TryGetValue(candidate, out var pauses))
                return pauses;
        }

        return DefaultCooldowns;
    }
}

/// <summary>One retry rule. Names are Wolverine's.</summary>
public sealed class FailurePolicy
{
    private readonly Action<TimeSpan[]> register;

    internal FailurePolicy(Action<TimeSpan[]> register) => this.register = register;

    /// <summary>Tries again after each of these pauses (± 20 %), then moves the message to the dead letters. The waiting message holds no worker.</summary>
    public void RetryWithCooldown(params TimeSpan[] pauses) => register(pauses);

    /// <summary>Moves the message to the dead letters at once.</summary>
    public void MoveToErrorQueue() => register([]);
}
