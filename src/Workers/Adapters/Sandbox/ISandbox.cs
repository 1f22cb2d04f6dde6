namespace EventSourced.Workers.Adapters.Sandbox;

/// <summary>Runs foreign code isolated and within limits. Nothing of it is left when a run returns or throws.</summary>
public interface ISandbox
{
    /// <exception cref="OperationCanceledException">The caller gave up; the processes are ended.</exception>
    Task<SandboxResult> RunAsync(SandboxCommand command, CancellationToken cancellation);
}
