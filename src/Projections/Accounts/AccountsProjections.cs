namespace EventSourced.Projections.Accounts;

public static class AccountsProjections
{
    /// <summary>Its tables, as SQL of schema <c>es</c> by name.</summary>
    public static IReadOnlyList<(string Name, string Sql)> Scripts =>
    [
        ("accounts", """
            create sequence if not exists es.id_user as integer;
            """ + UserTable.Sql + ApiKeyTable.Sql),
    ];

    /// <summary>Events and read models of the accounts area.</summary>
    public static StoreOptions AddAccounts(this StoreOptions options)
    {
        options.Events.AddEventTypes(EventTypes.In("EventSourced.Domain.Accounts"));
        options.Projections.Add<UserTable>(ProjectionLifecycle.Inline);
        options.Projections.Add<ApiKeyTable>(ProjectionLifecycle.Inline);
        return options;
    }
}
