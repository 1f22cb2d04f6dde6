using System.Security.Cryptography;

namespace EventSourced.Workers.Packages.Nodes;

/// <summary>What tells a node's containers from those of other nodes at the same engine: a name made at the first start, kept beside its work.</summary>
public static class NodeIdentity
{
    private const string File = ".node-identity";
    private const int Digits = 12;

    /// <param name="workPath">Processes that share it are the same node, as they are for its work folders.</param>
    public static string Of(string workPath)
    {
        var path = Path.Combine(Directory.CreateDirectory(workPath).FullName, File);
        while (true)
        {
            if (System.IO.File.Exists(path))
                return System.IO.File.ReadAllText(path);

            var made = $"{path}.{Guid.CreateVersion7():N}";
            System.IO.File.WriteAllText(made, RandomNumberGenerator.GetHexString(Digits, lowercase: true));
            try
            {
                System.IO.File.Move(made, path, overwrite: false);
            }
            catch (IOException) when (System.IO.File.Exists(path))
            {
                System.IO.File.Delete(made); // another process was first
            }
        }
    }
}
