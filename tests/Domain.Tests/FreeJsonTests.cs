using System.Text.Json;

namespace EventSourced.Domain.Tests;

public sealed class FreeJsonTests
{
    [Theory]
    [InlineData("""{"a": 1, "b": [2]}""", """{"b":[2],"a":1.0}""", true)]
    [InlineData("""{"a": 1}""", """{"a": "1"}""", false)]
    [InlineData("[1, 2]", "[2, 1]", false)]
    public void Content_decides_whether_two_are_equal(string one, string other, bool equal)
    {
        Assert.Equal(equal, FreeJson.Parse(one).Equals(FreeJson.Parse(other)));
        Assert.True(!equal || FreeJson.Parse(one).GetHashCode() == FreeJson.Parse(other).GetHashCode());
    }

    [Fact]
    public void It_is_written_as_what_it_is() =>
        Assert.Equal("""{"x":[1,{"y":null}]}""", JsonSerializer.Serialize(JsonSerializer.Deserialize<FreeJson>("""{"x": [1, {"y": null}]}""")));

    [Fact]
    public void It_outlives_the_document_it_came_from()
    {
        FreeJson kept;
        using (var document = JsonDocument.Parse("""{"a": 1}"""))
            kept = new FreeJson(document.RootElement);

        Assert.Equal(1, kept.Value.GetProperty("a").GetInt32());
    }
}
