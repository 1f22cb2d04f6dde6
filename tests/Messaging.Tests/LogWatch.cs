using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace EventSourced.Messaging.Tests;

/// <summary>Lets a test wait for what a host logs.</summary>
internal sealed class LogWatch : ILoggerProvider
{
    private readonly Channel<string> lines = Channel.CreateUnbounded<string>();

    /// <summary>Completes with the next line that holds the text.</summary>
    public async Task<string> UntilAsync(string text)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        while (true)
        {
            if (await lines.Reader.ReadAsync(limit.Token) is var line && line.Contains(text, StringComparison.Ordinal))
                return line;
        }
    }

    public ILogger CreateLogger(string categoryName) => new Writer(lines.Writer);

    public void Dispose() => lines.Writer.TryComplete();

    private sealed class Writer(ChannelWriter<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.TryWrite(formatter(state, exception));
    }
}
