namespace EventSourced.Api.Packages.Dialects.Pulp;

/// <summary>References to uploads and tasks; opaque to clients.</summary>
public static class PulpHrefs
{
    public static string OfUpload(Guid id) => $"/pulp/api/v3/uploads/{id}/";

    /// <summary>A commit's task is the artifact it made.</summary>
    public static string OfTask(string sha256) => $"/pulp/api/v3/tasks/{sha256}/";
}
