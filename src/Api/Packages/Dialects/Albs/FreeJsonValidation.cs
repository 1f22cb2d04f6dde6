using System.Text.Json.Nodes;
using EventSourced.Domain;
using FluentValidation;

namespace EventSourced.Api.Packages.Dialects.Albs;

internal static class FreeJsonValidation
{
    public static IRuleBuilderOptions<T, JsonObject?> CanBeKept<T>(this IRuleBuilder<T, JsonObject?> rule) =>
        rule.Must(json => FreeJsonRules.FaultIn(json) is null).WithMessage((_, json) => FreeJsonRules.FaultIn(json) ?? "");
}
