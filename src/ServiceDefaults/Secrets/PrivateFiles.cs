using System.Runtime.InteropServices;
using System.Text;

namespace EventSourced.ServiceDefaults.Secrets;

/// <summary>Files only their owner reads (0600).</summary>
public static partial class PrivateFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes a file that must not exist yet; of several writers the first wins and the others change nothing. Never seen half written.</summary>
    /// <returns>Whether this call made it.</returns>
    public static bool CreateOnce(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var temporary = $"{path}.{Guid.CreateVersion7():N}";
        using (var file = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
        {
            file.Write(Encoding.UTF8.GetBytes(content + "\n"));
            file.Flush(flushToDisk: true);
        }

        try
        {
            return MakeName(temporary, path);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>False when there is one. <c>File.Move</c> looks first and renames then, so that the last of several would win; a link is made or refused in one step.</summary>
    private static bool MakeName(string temporary, string path)
    {
        const int AlreadyThere = 17;
        if (Link(temporary, path) == 0)
            return true;

        var error = Marshal.GetLastPInvokeError();
        return error is AlreadyThere ? false : throw new IOException($"{path} cannot be made: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string name);
}
