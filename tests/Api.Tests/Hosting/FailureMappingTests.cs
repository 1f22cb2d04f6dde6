using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Packages.Dialects.Albs;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace EventSourced.Api.Tests.Hosting;

public sealed class FailureMappingTests(ApiHost api) : IClassFixture<ApiHost>
{
    [Theory]
    [InlineData("select $1::text", "a\0b")]
    [InlineData("select $1::text::jsonb", """{"a": "\u0000"}""")]
    public async Task A_text_that_the_database_refuses_is_the_clients(string sql, string value)
    {
        await using var command = api.Database.DataSource.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = value });
        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteScalarAsync(TestContext.Current.CancellationToken));

        Assert.Equal((422, "request.invalid"), StatusOf(refused, AlbsDialect.Dialect));
        Assert.Equal((400, "request.invalid"), StatusOf(refused, OwnDialect.Dialect));
    }

    private static (int Status, string Code) StatusOf(Exception exception, Dialect dialect) =>
        FailureMapping.From(exception, dialect, new DefaultHttpContext()) is var failure ? (failure.Status, failure.Code) : default;
}
