using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace EventSourced.Architecture.Tests;

/// <summary>The solution as the tests look at it: its projects, its source files, and what its assemblies refer to.</summary>
internal static class Code
{
    public static readonly string[] Areas = ["Accounts", "Packages", "Algorithms", "Runner", "Catalog", "Audit"];

    public static string Root { get; } = FindRoot();

    public static IEnumerable<string> SourceProjects => Directory.GetFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories);

    public static Assembly Assembly(string project) => System.Reflection.Assembly.Load($"EventSourced.{project}");

    /// <summary>Public and internal types that are written by hand.</summary>
    public static IEnumerable<Type> TypesOf(string project) =>
        Assembly(project).GetTypes().Where(t => !t.IsDefined(typeof(CompilerGeneratedAttribute)) && t.DeclaringType is null && t.Namespace?.StartsWith("EventSourced", StringComparison.Ordinal) == true);

    /// <summary>Relative paths of the C# files below a folder, with forward slashes.</summary>
    public static IEnumerable<string> Files(string folder) => Directory.Exists(Path.Combine(Root, folder))
        ? Directory.GetFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Root, f).Replace('\\', '/'))
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
        : [];

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    public static IEnumerable<string> ProjectReferences(string projectFile) => XDocument.Load(projectFile).Descendants("ProjectReference")
        .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));

    public static IEnumerable<string> PackageReferences(string projectFile) =>
        XDocument.Load(projectFile).Descendants("PackageReference").Select(r => r.Attribute("Include")!.Value);

    /// <summary>Every member of another assembly that a project's code uses, as <c>Namespace.Type.Member</c>.</summary>
    public static IReadOnlySet<string> MembersUsedBy(string project)
    {
        using var file = new PEReader(File.OpenRead(Assembly(project).Location));
        var metadata = file.GetMetadataReader();
        return metadata.MemberReferences.Select(metadata.GetMemberReference).Select(m => $"{OwnerOf(m, metadata)}.{metadata.GetString(m.Name)}").ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Every type of another assembly that a project's code names.</summary>
    public static IReadOnlySet<string> TypesUsedBy(string project)
    {
        using var file = new PEReader(File.OpenRead(Assembly(project).Location));
        var metadata = file.GetMetadataReader();
        return metadata.TypeReferences.Select(t => NameOf(t, metadata)).ToHashSet(StringComparer.Ordinal);
    }

    private static string OwnerOf(MemberReference member, MetadataReader metadata) => member.Parent.Kind switch
    {
        HandleKind.TypeReference => NameOf((TypeReferenceHandle)member.Parent, metadata),
        HandleKind.TypeSpecification => GenericOwner(metadata.GetTypeSpecification((TypeSpecificationHandle)member.Parent), metadata),
        _ => "",
    };

    // A generic instance begins with two bytes and then names its definition.
    private static string GenericOwner(TypeSpecification specification, MetadataReader metadata)
    {
        var signature = metadata.GetBlobReader(specification.Signature);
        if (signature.ReadByte() is not (byte)SignatureTypeCode.GenericTypeInstance)
            return "";

        signature.ReadByte();
        return signature.ReadTypeHandle() is { Kind: HandleKind.TypeReference } definition ? NameOf((TypeReferenceHandle)definition, metadata) : "";
    }

    private static string NameOf(TypeReferenceHandle handle, MetadataReader metadata)
    {
        var type = metadata.GetTypeReference(handle);
        return $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "EventSourced.sln")))
            folder = folder.Parent;

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run below the solution's folder.");
    }
}
