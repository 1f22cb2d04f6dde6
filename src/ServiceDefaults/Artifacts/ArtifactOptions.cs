using System.ComponentModel.DataAnnotations;

namespace EventSourced.ServiceDefaults.Artifacts;

/// <summary>Section <c>Artifacts</c>.</summary>
public sealed class ArtifactOptions
{
    /// <summary>Folder of the artifact store, shared by the hosts of one machine.</summary>
    /// <value>Default <c>artifacts</c> below <c>Data:Path</c>.</value>
    [Required]
    public string Path { get; set; } = "";

    /// <summary>Whether reported files are looked at.</summary>
    /// <value>Default <see cref="ArtifactMode.Builtin"/>.</value>
    [EnumDataType(typeof(ArtifactMode))]
    public ArtifactMode Mode { get; set; } = ArtifactMode.Builtin;

    /// <summary>Largest file a node may upload.</summary>
    /// <value>Default 8 GiB; from 1 MiB to 1 TiB.</value>
    [Range(1L << 20, 1L << 40)]
    public long MaxUploadBytes { get; set; } = 8L << 30;

    /// <summary>Largest part of an upload in one request; nodes send 8 MiB.</summary>
    /// <value>Default 64 MiB; from 64 KiB to 1 GiB.</value>
    [Range(1L << 16, 1L << 30)]
    public long MaxChunkBytes { get; set; } = 64L << 20;

    /// <summary>How long an artifact stays to which nothing refers, counted from when somebody put it or asked for it to refer to it. Workers delete it then.</summary>
    /// <value>Default 1 day; from 1 hour to 365 days.</value>
    [Range(typeof(TimeSpan), "01:00:00", "365.00:00:00")]
    public TimeSpan KeepUnused { get; set; } = TimeSpan.FromDays(1);
}

/// <summary>Where the bytes behind an artifact's reference are.</summary>
public enum ArtifactMode
{
    /// <summary>In our own store: digests are compared and packages are read.</summary>
    Builtin,

    /// <summary>Somewhere else: references are opaque texts and believed. For tests of the protocol.</summary>
    Trust,
}
