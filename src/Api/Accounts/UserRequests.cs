using EventSourced.Api.Hosting.Authentication;
using FluentValidation;

namespace EventSourced.Api.Accounts;

/// <summary>A new user. Without roles it becomes a builder; without password it signs in by API key or token only.</summary>
public sealed record CreateUserRequest(
    string Login, string? Mail = null, string? DisplayName = null, string? Password = null, IReadOnlyList<string>? Roles = null);

internal sealed class CreateUserRequestValidator : AbstractValidator<CreateUserRequest>
{
    public CreateUserRequestValidator()
    {
        RuleFor(r => r.Login).NotEmpty().MaximumLength(64).Matches(@"^[A-Za-z0-9][A-Za-z0-9._-]*\z").WithMessage("must be letters, digits, '.', '_' and '-'");
        RuleFor(r => r.Mail).EmailAddress().MaximumLength(254);
        RuleFor(r => r.DisplayName).NotEmpty().MaximumLength(200).When(r => r.DisplayName is not null);
        RuleFor(r => r.Password).Length(12, 200).When(r => r.Password is not null);
        RuleFor(r => r.Roles).Must(roles => roles!.Count <= 20).WithMessage("has more than 20 elements").When(r => r.Roles is not null);
    }
}

public sealed record SetPasswordRequest(string Password);

internal sealed class SetPasswordRequestValidator : AbstractValidator<SetPasswordRequest>
{
    public SetPasswordRequestValidator() => RuleFor(r => r.Password).Length(12, 200);
}

public sealed record UserResponse(
    int Id, string Key, string Login, string? Mail, string? DisplayName, bool Active, IReadOnlyList<string> Roles, DateTimeOffset CreatedAt);

/// <param name="Items">In ascending order of id.</param>
/// <param name="Next">Send it as <c>after</c> for what follows; null at the end.</param>
public sealed record UserListResponse(IReadOnlyList<UserResponse> Items, int? Next);

internal static class UserMapping
{
    public static UserResponse ToResponse(this KnownUser user) =>
        new(user.Id, user.Key, user.Login, user.Mail, user.DisplayName, user.Active, user.Roles, user.CreatedAt);
}
