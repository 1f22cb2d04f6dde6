namespace EventSourced.Domain.Packages.Signing;

public static class SignKeyReactions
{
    public static EndSignTasksOf When(SignKeyArchived e) => new(e.SignKeyId);
}
