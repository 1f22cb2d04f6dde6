namespace EventSourced.Projections.Accounts;

public static class AccountsProjections
{
    /// <summary>Events, read models and tables of the accounts area.</summary>
    public static StoreOptions AddAccounts(this StoreOptions options)
    {
        options.Events.AddEventTypes(EventTypes.In("EventSourced.Domain.Accounts"));
        options.Schema.Script("accounts", """
            create sequence if not exists es.id_user as integer;
            """ + UserTable.Sql + ApiKeyTable.Sql);

        options.Projections.Add<UserTable>(ProjectionLifecycle.Inline);
        options.Projections.Add<ApiKeyTable>(ProjectionLifecycle.Inline);
        return options;
    }
}
