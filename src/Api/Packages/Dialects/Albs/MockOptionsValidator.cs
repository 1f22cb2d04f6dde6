using System.Text.Json;
using System.Text.Json.Nodes;
using FluentValidation;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>The known keys of <c>mock_options</c> have their types (albs 7.3); any other object counts as definitions, anything else is kept and unused.</summary>
public sealed class MockOptionsValidator : AbstractValidator<JsonObject>
{
    public MockOptionsValidator() => RuleFor(o => o).Custom((options, context) =>
    {
        foreach (var (key, value) in options)
        {
            if (Problem(key, value) is { } problem)
                context.AddFailure(key, problem);
        }
    });

    private static string? Problem(string key, JsonNode? value) => key switch
    {
        _ when value is null => null,
        "target_arch" when !IsText(value) => "is not a text",
        "module_enable" when !IsText(value) && !IsTexts(value) => "is not a text or a list of texts",
        "yum_exclude" or "with" or "without" when !IsTexts(value) => "is not a list of texts",
        "definitions" when value is not JsonObject => "is not an object",
        _ => null,
    };

    private static bool IsText(JsonNode value) => value.GetValueKind() is JsonValueKind.String;

    private static bool IsTexts(JsonNode value) => value is JsonArray array && array.All(v => v is not null && IsText(v));
}
