using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using EventSourced.Domain;
using EventSourced.Domain.Packages;
using FluentValidation;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>What is said about a sign key; null is "not given" (albs 4.7).</summary>
public abstract record SignKeyRequest
{
    public string? Name { get; init; }

    public string? Description { get; init; }

    public string? Keyid { get; init; }

    public string? Fingerprint { get; init; }

    public string? PublicUrl { get; init; }

    public IReadOnlyList<int>? PlatformIds { get; init; }

    /// <summary>Ours: the armored public key, which we then serve ourselves.</summary>
    public string? PublicKey { get; init; }
}

/// <summary>POST: a key to register.</summary>
public sealed record NewSignKeyRequest : SignKeyRequest;

/// <summary>PUT: a field that is null stays as it is.</summary>
public sealed record ChangedSignKeyRequest : SignKeyRequest;

/// <summary>What both registering and changing a key need.</summary>
public sealed class SignKeyRequestValidator : AbstractValidator<SignKeyRequest>
{
    private const string Begin = "-----BEGIN PGP PUBLIC KEY BLOCK-----";

    public SignKeyRequestValidator()
    {
        RuleFor(k => k.Name).MaximumLength(200);
        RuleFor(k => k.Description).MaximumLength(2000);
        RuleFor(k => k.Keyid).Matches(@"\A[0-9A-Fa-f]{1,16}\z").When(k => k.Keyid is not null);
        RuleFor(k => k.Fingerprint).Matches(@"\A[0-9A-Fa-f]{1,40}\z").When(k => k.Fingerprint is not null);
        RuleFor(k => k.PublicUrl).MaximumLength(2048).Must(url => url is null || !UrlCredentials.AreIn(url)).WithMessage(UrlCredentials.Message);
        RuleFor(k => k.PlatformIds).Must(p => p is null || p.Count <= 1000).WithMessage("has more than 1000 elements");
        RuleFor(k => k.PublicKey).MaximumLength(256 * 1024)
            .Must(key => key is null || (key.StartsWith(Begin, StringComparison.Ordinal) && !key.Contains("PRIVATE KEY", StringComparison.Ordinal)))
            .WithMessage("is not an armored public key");
    }
}

public sealed class NewSignKeyRequestValidator : AbstractValidator<NewSignKeyRequest>
{
    public NewSignKeyRequestValidator()
    {
        Include(new SignKeyRequestValidator());
        RuleFor(k => k.Name).NotEmpty();
        RuleFor(k => k.Description).NotNull();
        RuleFor(k => k.Keyid).NotEmpty();
        RuleFor(k => k.Fingerprint).NotEmpty();
        RuleFor(k => k.PublicUrl).NotEmpty().When(k => k.PublicKey is null);
    }
}

public sealed class ChangedSignKeyRequestValidator : AbstractValidator<ChangedSignKeyRequest>
{
    public ChangedSignKeyRequestValidator() => Include(new SignKeyRequestValidator());
}

/// <summary>Somebody asks for a build to be signed (albs 12.2).</summary>
public sealed record NewSignTaskRequest
{
    public int? BuildId { get; init; }

    public int? SignKeyId { get; init; }
}

public sealed class NewSignTaskRequestValidator : AbstractValidator<NewSignTaskRequest>
{
    public NewSignTaskRequestValidator()
    {
        RuleFor(t => t.BuildId).NotNull();
        RuleFor(t => t.SignKeyId).NotNull();
    }
}

/// <summary>A sign node asks for work (albs 12.3).</summary>
public sealed record GetSignTaskRequest
{
    public IReadOnlyList<string> KeyIds { get; init; } = [];
}

public sealed class GetSignTaskRequestValidator : AbstractValidator<GetSignTaskRequest>
{
    public GetSignTaskRequestValidator()
    {
        RuleFor(r => r.KeyIds).Must(k => k.Count <= 1000).WithMessage("has more than 1000 elements");
        RuleForEach(r => r.KeyIds).NotEmpty().MaximumLength(40);
    }
}

/// <summary>A sign node's report (albs 12.4).</summary>
public sealed record SignTaskDoneRequest
{
    public int? BuildId { get; init; }

    public bool? Success { get; init; }

    public string? ErrorMessage { get; init; }

    public string? LogHref { get; init; }

    [JsonConverter(typeof(SignedPackagesConverter))]
    public IReadOnlyList<SignedPackageRequest>? Packages { get; init; }

    public JsonObject? Stats { get; init; }
}

public sealed record SignedPackageRequest
{
    public int? Id { get; init; }

    public string Name { get; init; } = "";

    public string? Href { get; init; }

    public string? Fingerprint { get; init; }

    public string? Sha256 { get; init; }

    public string? CasHash { get; init; }
}

public sealed class SignTaskDoneRequestValidator : AbstractValidator<SignTaskDoneRequest>
{
    public SignTaskDoneRequestValidator()
    {
        RuleFor(r => r.Success).NotNull();
        RuleFor(r => r.ErrorMessage).MaximumLength(64 * 1024);
        RuleFor(r => r.LogHref).MaximumLength(2048).Must(href => href is null || !UrlCredentials.AreIn(href)).WithMessage(UrlCredentials.Message);
        RuleFor(r => r.Packages).Must(p => p is null || p.Count <= 10_000).WithMessage("has more than 10000 elements");
        RuleForEach(r => r.Packages).NotNull().SetValidator(new SignedPackageRequestValidator());
        RuleFor(r => r.Stats).Must(stats => !UrlCredentials.AreIn(stats)).WithMessage(UrlCredentials.Message);
    }
}

public sealed class SignedPackageRequestValidator : AbstractValidator<SignedPackageRequest>
{
    public SignedPackageRequestValidator()
    {
        RuleFor(p => p.Id).NotNull();
        RuleFor(p => p.Name).Must(FileNames.IsPlain).WithMessage("is not a plain file name");
        RuleFor(p => p.Href).MaximumLength(2048).Must(href => href is null || !UrlCredentials.AreIn(href)).WithMessage(UrlCredentials.Message);
        RuleFor(p => p.Fingerprint).Matches(@"\A[0-9A-Fa-f]{1,40}\z").When(p => p.Fingerprint is { Length: > 0 });
        RuleFor(p => p.Sha256).Matches(@"\A[0-9a-f]{64}\z").When(p => p.Sha256 is { Length: > 0 });
        RuleFor(p => p.CasHash).MaximumLength(256);
    }
}

/// <summary>The documented form describes the list as an object: that is read past (albs 12.4).</summary>
internal sealed class SignedPackagesConverter : JsonConverter<IReadOnlyList<SignedPackageRequest>>
{
    public override IReadOnlyList<SignedPackageRequest>? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType is JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<IReadOnlyList<SignedPackageRequest>>(ref reader, options);
        }
        catch (JsonException e)
        {
            throw new JsonException(e.Message, $"$.packages{e.Path?.TrimStart('$')}", e.LineNumber, e.BytePositionInLine);
        }
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<SignedPackageRequest> value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value, options);
}
