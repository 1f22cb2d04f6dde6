namespace EventSourced.Domain.Accounts.Users;

internal static class UserRules
{
    /// <summary>The user, when there is one that can still change.</summary>
    public static User Changeable(User? user, UserId id) => user switch
    {
        null => throw new RuleViolationException(UserErrors.Unknown, $"There is no {id.StreamKey}."),
        { Status: UserStatus.Erased } => throw new RuleViolationException(UserErrors.Erased, $"{id.StreamKey} has been erased."),
        _ => user,
    };

    public static void CheckRole(string role)
    {
        if (!Accounts.Roles.All.Contains(role))
            throw new RuleViolationException(UserErrors.UnknownRole, $"There is no role '{role}'; there are {string.Join(", ", Accounts.Roles.All)}.");
    }

    /// <summary>Somebody must remain who can grant roles.</summary>
    public static void CheckAdministratorRemains(User user, OtherAdministrators others)
    {
        if (user.Status is UserStatus.Active && user.Roles.Contains(Accounts.Roles.Administrator) && others.Count == 0)
            throw new RuleViolationException(UserErrors.LastAdministrator, $"{user.Id} is the last administrator.");
    }
}
