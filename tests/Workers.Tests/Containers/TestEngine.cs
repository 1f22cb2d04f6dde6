using System.Diagnostics;
using EventSourced.Workers.Adapters.Containers;
using EventSourced.Workers.Adapters.Processes;
using EventSourced.Workers.Tests.Crash;
using Microsoft.Extensions.Options;

namespace EventSourced.Workers.Tests.Containers;

/// <summary>A container engine of the tests alone, in namespaces of its own, with one image made of this machine's files. It ends with the tests, however they end.</summary>
public sealed class TestEngine : IAsyncLifetime
{
    public const string Image = "builder:test";

    /// <summary>Declares a folder that would lie on the engine's disk.</summary>
    public const string VolumeImage = "builder:volume";

    // The engine is killed at the end of the input; with the first process of the namespaces, which waits for that, everything in them ends.
    private const string Start = """
        exec 3<&0 >"$0/log" 2>&1
        mkdir "$0/exec"
        dockerd --host "unix://$0/docker.sock" --data-root "$0/data" --exec-root "$0/exec" --pidfile "$0/dockerd.pid" \
            --bridge=none --iptables=false --ip6tables=false </dev/null &
        engine=$!
        { cat <&3 >/dev/null; kill -KILL $engine; } &
        wait $engine
        """;

    // Programs, and the libraries that they depend on; what dpkg knows of them and of what they depend on, and by name the compiler that every build is said to need.
    private const string Files = """
        set -eu
        packages='base-files debianutils dash bash coreutils sed grep findutils mawk diffutils tar gzip bzip2 xz-utils patch make dpkg dpkg-dev libdpkg-perl perl perl-base
            libperl5.36 perl-modules-5.36 fakeroot libfakeroot rpm rpm-common rpm2cpio libc-bin libc6 libmagic1 libmagic-mgc cpio'
        mkdir -p "$1/var/lib/dpkg" "$1/usr/bin" "$1/usr/sbin" "$1/usr/lib" "$1/usr/lib64" "$1/etc"
        for name in bin sbin lib lib64; do ln -s "usr/$name" "$1/$name"; done
        echo 'root:x:0:0:root:/:/bin/sh' > "$1/etc/passwd"
        names=$(apt-cache depends --recurse --installed --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances $packages \
            | grep '^[a-z0-9]' | sed 's/:.*//' | sort -u | tr '\n' ' ')
        {
            dpkg-query -L $packages | grep -vE '^/(usr/share/(doc|man|locale|info|i18n|lintian|common-licenses|bash-completion)/|etc/|var/)' \
                | grep -vE '/(gconv|pod|unicore|Encode/(JP|KR|CN|TW)|Collate)/|\.(pod|h)$'
            dpkg-query -L $(for name in $names; do case $name in libbinutils | libgprofng* | libctf*) ;; lib* | zlib1g) echo "$name" ;; esac; done) | grep '/lib[^/]*\.so'
            printf '%s\n' /usr/bin/setsid /usr/bin/awk /etc/alternatives/awk
        } 2>/dev/null | sed -E 's#^/(bin|sbin|lib|lib64)/#/usr/\1/#' | sort -u | while read -r file; do
            if [ -f "$file" ] || [ -L "$file" ]; then echo "${file#/}"; fi
        done | tar -C / --no-recursion --files-from=- -cf - | tar -xf - -C "$1"
        awk -v RS= -v ORS='\n\n' -v names=" $names" '{ match($0, /Package: [^\n]*/); if (index(names, " " substr($0, RSTART + 9, RLENGTH - 9) " ")) print }' \
            /var/lib/dpkg/status > "$1/var/lib/dpkg/status"
        printf 'Package: build-essential\nStatus: install ok installed\nMaintainer: Ann <ann@example.org>\nArchitecture: all\nVersion: 99\nDescription: by name\n\n' \
            >> "$1/var/lib/dpkg/status"
        """;

    private readonly TemporaryFolder _folder = new();
    private Process? _process;

    public string Address => $"unix://{_folder["docker.sock"]}";

    public ContainerEngine Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var files = Tool.RunAsync("bash", ["-c", Files, "files", _folder["image"]], ToolContext.Default, CancellationToken.None);
        _process = Process.Start(new ProcessStartInfo("unshare", ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--", "sh", "-c", Start, _folder.Path])
        {
            RedirectStandardInput = true,
        })!;
        Client = new ContainerEngine(Options.Create(new ContainerOptions { Engine = Address }));
        await Until.TrueAsync("the engine answers", AnswersAsync, TimeSpan.FromMinutes(1), CancellationToken.None);
        await files;
        await ImportAsync(_folder["image"], Image);
        await ImportAsync(Directory.CreateDirectory(_folder["empty"]).FullName, VolumeImage, "&changes=VOLUME%20/data");
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (_process is { } process)
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        _folder.Dispose();
    }

    /// <summary>What the engine knows of a container, as JSON.</summary>
    public Task<string> InspectAsync(string container) => Tool.ReadTextAsync(
        "curl", ["-sS", "--fail", "--unix-socket", _folder["docker.sock"], $"http://engine/containers/{container}/json"], ToolContext.Default, CancellationToken.None);

    private async Task<bool> AnswersAsync()
    {
        Assert.False(_process!.HasExited, $"No container engine can be started here: {(File.Exists(_folder["log"]) ? await File.ReadAllTextAsync(_folder["log"]) : "")}");
        try
        {
            await Client.PingAsync(CancellationToken.None);
            return true;
        }
        catch (ContainerEngineException e) when (e.IsUnavailable)
        {
            return false;
        }
    }

    private async Task ImportAsync(string files, string image, string more = "") =>
        await Tool.RunAsync(
            "sh",
            [
                "-c", "tar -C \"$1\" --owner=0 --group=0 -cf - . | curl -sS --fail -T - -X POST -H 'Expect:' --unix-socket \"$2\" \"$3\"", "import", files, _folder["docker.sock"],
                $"http://engine/images/create?fromSrc=-&repo={image.Replace(":", "&tag=", StringComparison.Ordinal)}{more}",
            ],
            ToolContext.Default, CancellationToken.None);
}

/// <summary>Tests that share the engine, one after another.</summary>
[CollectionDefinition(Name)]
public sealed class EngineTests : ICollectionFixture<TestEngine>
{
    public const string Name = "container engine";
}
