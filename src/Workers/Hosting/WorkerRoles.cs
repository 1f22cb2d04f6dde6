using EventSourced.ServiceDefaults;

namespace EventSourced.Workers.Hosting;

/// <summary>What a workers process does. Several processes may have the same roles.</summary>
[Flags]
public enum WorkerRoles
{
    None = 0,

    /// <summary>Runs the async projections whose lease is free.</summary>
    Projections = 1,

    /// <summary>Drains the queue: decisions that follow from events, and everything that touches the outside world.</summary>
    Effects = 2,

    /// <summary>Builds packages as a client of the public API; needs no database.</summary>
    Node = 4,

    /// <summary>Signs packages as a client of the public API; needs no database.</summary>
    Sign = 8,

    All = Projections | Effects | Node | Sign,
}

public static class WorkerRolesSetting
{
    /// <summary>Nodes are clients of the public API and need nothing else.</summary>
    public static bool NeedDatabase(this WorkerRoles roles) => (roles & (WorkerRoles.Projections | WorkerRoles.Effects)) is not WorkerRoles.None;

    /// <summary>Name of the setting: a list (<c>Roles:0</c>, <c>Roles:1</c>) or one text with commas (<c>Roles=effects,node</c>).</summary>
    public const string Key = "Roles";

    private static readonly Dictionary<string, WorkerRoles> ByName = new(StringComparer.OrdinalIgnoreCase)
    {
        ["projections"] = WorkerRoles.Projections,
        ["effects"] = WorkerRoles.Effects,
        ["node"] = WorkerRoles.Node,
        ["sign"] = WorkerRoles.Sign,
    };

    /// <summary>The configured roles; all of them without the setting.</summary>
    /// <exception cref="ConfigurationException">A name is none of the roles.</exception>
    public static WorkerRoles Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(Key);
        string?[] values = [section.Value, .. section.GetChildren().Select(child => child.Value)];
        var names = values.OfType<string>().SelectMany(value => value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).ToList();
        return names.Count is 0 ? WorkerRoles.All : names.Aggregate(WorkerRoles.None, (roles, name) => roles | Parse(name));
    }

    private static WorkerRoles Parse(string name) => ByName.TryGetValue(name, out var role)
        ? role
        : throw new ConfigurationException($"{Key}: \"{name}\" is none of {string.Join(", ", ByName.Keys)}.");
}
