using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace EventSourced.EventStore.Tests;

/// <summary>Stands between a client and PostgreSQL and counts how often the client speaks after the server did.</summary>
public sealed class RoundTrips : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly NpgsqlConnectionStringBuilder target;
    private readonly List<Task> pumps = [];
    private readonly Task accepting;
    private int turns;

    public RoundTrips(string connectionString)
    {
        target = new NpgsqlConnectionStringBuilder(connectionString);
        listener.Start();
        accepting = AcceptAsync();
    }

    public string ConnectionString => new NpgsqlConnectionStringBuilder(target.ConnectionString)
    {
        Host = "127.0.0.1", Port = ((IPEndPoint)listener.LocalEndpoint).Port, SslMode = SslMode.Disable, MaxPoolSize = 1,
    }.ConnectionString;

    /// <summary>How many round trips <paramref name="act"/> makes.</summary>
    public async Task<int> CountAsync(Func<Task> act)
    {
        var before = Volatile.Read(ref turns);
        await act();
        return Volatile.Read(ref turns) - before;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await accepting;
        await Task.WhenAll(pumps);
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(stop.Token);
                var server = new TcpClient { NoDelay = true };
                await server.ConnectAsync(target.Host!, target.Port, stop.Token);
                client.NoDelay = true;
                var fromServer = new StrongBox();
                bool? counts = null;
                pumps.Add(PumpAsync(client, server, sent =>
                {
                    // Wake-ups have connections of their own, beside what a caller waits for.
                    counts ??= !Encoding.ASCII.GetString(sent).Contains("eventsourced notify", StringComparison.Ordinal);
                    if (fromServer.Take() && counts.Value)
                        Interlocked.Increment(ref turns);
                }));
                pumps.Add(PumpAsync(server, client, _ => fromServer.Set()));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, Action<ReadOnlySpan<byte>> onData)
    {
        var buffer = new byte[65536];
        try
        {
            int read;
            while ((read = await from.GetStream().ReadAsync(buffer, stop.Token)) > 0)
            {
                onData(buffer.AsSpan(0, read));
                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // One side went away; so does the other.
        }

        from.Close();
        to.Close();
    }

    private sealed class StrongBox
    {
        private int value;

        public void Set() => Volatile.Write(ref value, 1);

        public bool Take() => Interlocked.Exchange(ref value, 0) == 1;
    }
}
