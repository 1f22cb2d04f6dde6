using System.Text.Json;

namespace EventSourced.Api.Tests.Hosting;

public sealed class EdgeTests(ApiHost api) : IClassFixture<ApiHost>
{
    [Fact]
    public async Task An_unknown_address_is_a_problem_in_our_form()
    {
        var answer = await api.Http.Get("/api/nothing").Expect(404);

        Assert.Equal("application/problem+json", answer.ContentHeaders.ContentType!.MediaType);
        Assert.Equal("not_found", answer.Json.GetProperty("code").GetString());
    }

    [Fact]
    public async Task The_clients_correlation_id_comes_back_and_a_hostile_one_does_not()
    {
        var kept = await api.Http.Get("/api/nothing").With("X-Correlation-Id", "order-17").Expect(404);
        var replaced = await api.Http.Get("/api/nothing").With("X-Correlation-Id", "a b\"c").Expect(404);

        Assert.Equal("order-17", kept.Header("X-Correlation-Id"));
        Assert.DoesNotContain("\"", replaced.Header("X-Correlation-Id"), StringComparison.Ordinal);
    }
}
