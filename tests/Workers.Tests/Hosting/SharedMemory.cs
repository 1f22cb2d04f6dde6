using System.Globalization;
using System.Runtime.InteropServices;

namespace EventSourced.Workers.Tests.Hosting;

/// <summary>Holds a server's shared memory as one of its own processes does.</summary>
internal sealed class SharedMemory : IDisposable
{
    private nint address;

    private SharedMemory(nint address) => this.address = address;

    public static SharedMemory Hold(string pidFile)
    {
        // The seventh line: key and id.
        var id = int.Parse(File.ReadLines(pidFile).ElementAt(6).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        var address = Attach(id, 0, 0);
        Assert.NotEqual(-1, address);
        return new SharedMemory(address);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref address, 0) is not 0 and var held)
            Assert.Equal(0, Detach(held));
    }

    [DllImport("libc", EntryPoint = "shmat"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Attach(int id, nint address, int flags);

    [DllImport("libc", EntryPoint = "shmdt"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Detach(nint address);
}
