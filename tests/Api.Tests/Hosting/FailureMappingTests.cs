using System.Reflection;
using EventSourced.Api.Hosting.Errors;
using EventSourced.Api.Packages.Dialects.Albs;
using EventSourced.Api.Packages.Dialects.Pulp;
using EventSourced.Domain;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
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

    /// <summary>The codes of decisions about a thing that is not there.</summary>
    public static TheoryData<string> UnknownCodes =>
    [
        .. typeof(RuleViolationException).Assembly.GetTypes().Where(t => t.Name.EndsWith("Errors", StringComparison.Ordinal))
            .Select(t => t.GetField("Unknown")).OfType<FieldInfo>().Select(f => (string)f.GetRawConstantValue()!),
    ];

    [Theory]
    [MemberData(nameof(UnknownCodes))]
    public void What_is_not_there_is_not_found_in_every_dialect(string code)
    {
        var refusal = new RuleViolationException(code, "It is not there.");

        Assert.All([OwnDialect.Dialect, AlbsDialect.Dialect, PulpDialect.Dialect], dialect => Assert.Equal((404, code), StatusOf(refusal, dialect)));
    }

    [Theory]
    [InlineData(BuildTaskErrors.StaleAttempt, 409, 409)]
    [InlineData(BuildErrors.ArchUnknown, 409, 422)]
    [InlineData(BuildTaskErrors.NeverHeld, 403, 403)]
    public void Any_other_refusal_is_a_conflict_unless_the_dialect_names_it(string code, int ours, int albs)
    {
        var refusal = new RuleViolationException(code, "It is refused.");

        Assert.Equal((ours, albs), (StatusOf(refusal, OwnDialect.Dialect).Status, StatusOf(refusal, AlbsDialect.Dialect).Status));
    }

    private static (int Status, string Code) StatusOf(Exception exception, Dialect dialect) =>
        FailureMapping.From(exception, dialect, new DefaultHttpContext()) is var failure ? (failure.Status, failure.Code) : default;
}
