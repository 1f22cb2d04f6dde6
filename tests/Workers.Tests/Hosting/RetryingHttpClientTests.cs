using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace EventSourced.Workers.Tests.Hosting;

public sealed class RetryingHttpClientTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private int arrived;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_read_is_repeated_until_the_server_has_recovered()
    {
        var answer = await SendAsync(HttpMethod.Get, failures: 2, StatusCodes.Status503ServiceUnavailable);
        Assert.Equal(HttpStatusCode.OK, answer);
        Assert.Equal(3, arrived);
    }

    [Fact]
    public async Task Three_repeats_are_enough()
    {
        var answer = await SendAsync(HttpMethod.Get, failures: 100, StatusCodes.Status502BadGateway);
        Assert.Equal(HttpStatusCode.BadGateway, answer);
        Assert.Equal(4, arrived);
    }

    [Fact]
    public async Task A_post_is_not_repeated()
    {
        var answer = await SendAsync(HttpMethod.Post, failures: 1, StatusCodes.Status503ServiceUnavailable);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer);
        Assert.Equal(1, arrived);
    }

    [Fact]
    public async Task A_refusal_is_an_answer()
    {
        var answer = await SendAsync(HttpMethod.Get, failures: 1, StatusCodes.Status404NotFound);
        Assert.Equal(HttpStatusCode.NotFound, answer);
        Assert.Equal(1, arrived);
    }

    public void Dispose() => folder.Dispose();

    private async Task<HttpStatusCode> SendAsync(HttpMethod method, int failures, int status)
    {
        await using var server = await LocalServer.StartAsync(
            context =>
            {
                context.Response.StatusCode = Interlocked.Increment(ref arrived) <= failures ? status : StatusCodes.Status200OK;
                return Task.CompletedTask;
            },
            Token);
        await using var host = await DefaultsHost.StartAsync(null, folder["d"], Token);
        using var client = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient();
        using var request = new HttpRequestMessage(method, server.Address);
        using var response = await client.SendAsync(request, Token);
        return response.StatusCode;
    }
}
