namespace EventSourced.Support;

/// <summary>
/// Ends the shared cluster after an assembly's last test: removing one with hundreds of databases takes longer than the runner grants a process whose tests are over.
/// Every test project declares it as an assembly fixture (tests/Directory.Build.props).
/// </summary>
public sealed class SharedServerEnd : IAsyncDisposable
{
    public ValueTask DisposeAsync() => SharedServer.EndAsync();
}
