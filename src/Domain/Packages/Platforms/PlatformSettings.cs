namespace EventSourced.Domain.Packages.Platforms;

/// <summary>What a platform says about itself; null is "not given".</summary>
public sealed record PlatformSettings
{
    public string? DistrType { get; init; }
    public string? DistrVersion { get; init; }
    public string? TestDistName { get; init; }
    public IReadOnlyList<string>? ArchList { get; init; }

    /// <summary>What a build node needs (<c>definitions</c>, <c>mock</c>, <c>yum</c>…); unknown keys are passed through.</summary>
    public FreeJson? Data { get; init; }

    public FreeJson? Modularity { get; init; }
    public string? PgpKey { get; init; }

    /// <summary>The distribution's published address, part of its packages; not a person's.</summary>
    public string? ContactMail { get; init; }

    public string? Copyright { get; init; }
    public int? Priority { get; init; }
    public bool? IsReference { get; init; }
    public IReadOnlyList<WeakArch>? WeakArches { get; init; }
    public IReadOnlyList<string>? CopyPriorityArches { get; init; }

    /// <summary>Names of the platforms whose repositories tell where packages belong.</summary>
    public IReadOnlyList<string>? ReferencePlatforms { get; init; }

    public static PlatformSettings None { get; } = new();

    /// <summary>These settings with every given one of <paramref name="changes"/> in place.</summary>
    public PlatformSettings With(PlatformSettings changes) => new()
    {
        DistrType = changes.DistrType ?? DistrType,
        DistrVersion = changes.DistrVersion ?? DistrVersion,
        TestDistName = changes.TestDistName ?? TestDistName,
        ArchList = changes.ArchList ?? ArchList,
        Data = changes.Data ?? Data,
        Modularity = changes.Modularity ?? Modularity,
        PgpKey = changes.PgpKey ?? PgpKey,
        ContactMail = changes.ContactMail ?? ContactMail,
        Copyright = changes.Copyright ?? Copyright,
        Priority = changes.Priority ?? Priority,
        IsReference = changes.IsReference ?? IsReference,
        WeakArches = changes.WeakArches ?? WeakArches,
        CopyPriorityArches = changes.CopyPriorityArches ?? CopyPriorityArches,
        ReferencePlatforms = changes.ReferencePlatforms ?? ReferencePlatforms,
    };

    /// <summary>Of <paramref name="wanted"/> only what is given and differs from these settings.</summary>
    public PlatformSettings ChangesTo(PlatformSettings wanted) => new()
    {
        DistrType = Changed(DistrType, wanted.DistrType),
        DistrVersion = Changed(DistrVersion, wanted.DistrVersion),
        TestDistName = Changed(TestDistName, wanted.TestDistName),
        ArchList = ChangedList(ArchList, wanted.ArchList),
        Data = Changed(Data, wanted.Data),
        Modularity = Changed(Modularity, wanted.Modularity),
        PgpKey = Changed(PgpKey, wanted.PgpKey),
        ContactMail = Changed(ContactMail, wanted.ContactMail),
        Copyright = Changed(Copyright, wanted.Copyright),
        Priority = wanted.Priority == Priority ? null : wanted.Priority,
        IsReference = wanted.IsReference == IsReference ? null : wanted.IsReference,
        WeakArches = ChangedList(WeakArches, wanted.WeakArches),
        CopyPriorityArches = ChangedList(CopyPriorityArches, wanted.CopyPriorityArches),
        ReferencePlatforms = ChangedList(ReferencePlatforms, wanted.ReferencePlatforms),
    };

    private static T? Changed<T>(T? current, T? wanted) where T : class => Equals(current, wanted) ? null : wanted;

    private static IReadOnlyList<T>? ChangedList<T>(IReadOnlyList<T>? current, IReadOnlyList<T>? wanted) =>
        wanted is null || (current is not null && current.SequenceEqual(wanted)) ? null : wanted;
}
