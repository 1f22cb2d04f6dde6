using System.Globalization;
using System.Net;
using System.Text.Json;

namespace EventSourced.Workers.Tests.Hosting;

public sealed class HealthTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_without_its_database_lives_but_is_not_ready()
    {
        var port = FreePort.Next().ToString(CultureInfo.InvariantCulture);
        await using var host = await DefaultsHost.StartAsync($"Host=127.0.0.1;Port={port};Username=u;Password=p", folder["d"], Token);

        using var live = await host.Client.GetAsync("/health/live", Token);
        using var ready = await host.Client.GetAsync("/health/ready", Token);

        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        using var body = JsonDocument.Parse(await ready.Content.ReadAsStringAsync(Token));
        Assert.Equal("Unhealthy", body.RootElement.GetProperty("checks").GetProperty("postgresql").GetProperty("status").GetString());
        Assert.Equal("Healthy", body.RootElement.GetProperty("checks").GetProperty("running").GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_host_with_its_database_is_ready()
    {
        await using var host = await DefaultsHost.StartAsync(await SharedServer.ConnectionStringAsync(), folder["d"], Token);
        using var ready = await host.Client.GetAsync("/health/ready", Token);
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
    }

    public void Dispose() => folder.Dispose();
}
