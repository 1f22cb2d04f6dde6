using System.ComponentModel.DataAnnotations;

namespace EventSourced.Workers.Packages.Repositories;

/// <summary>Section <c>Publishing</c>.</summary>
public sealed class PublishingOptions
{
    /// <summary>Where packages lie while their index is made.</summary>
    /// <value>Default <c>publish</c> below <c>Data:Path</c>.</value>
    [Required]
    public string WorkPath { get; set; } = "";
}
