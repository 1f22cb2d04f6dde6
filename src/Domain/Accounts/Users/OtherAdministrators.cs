namespace EventSourced.Domain.Accounts.Users;

/// <summary>How many active administrators there are beside the user a command is about, while nobody else takes one away.</summary>
public sealed record OtherAdministrators(int Count);
