using System.Globalization;
using System.Text.RegularExpressions;
using EventSourced.Workers.Adapters.Apt;

namespace EventSourced.Workers.Packages.Nodes.Dependencies;

/// <summary>Build dependencies of Debian packages, by apt.</summary>
internal static partial class DebDependencies
{
    private const string Root = "/build/root";

    private const string Installed = "cat /var/lib/dpkg/status";

    private const string Fetch = """
        set -eu
        configuration=$1 repositories=$2 keys=$3
        shift 3
        mkdir -p /build/keys /build/made FOLDERS
        printf '%s' "$configuration" > /build/root/apt.conf
        printf '%s' "$repositories" > /build/root/etc/apt/sources.list
        for key in $(seq 0 "$((keys - 1))"); do printf '%s' "$1" > "/build/keys/$key.asc"; shift; done
        cat > /build/root/var/lib/dpkg/status
        export APT_CONFIG=/build/root/apt.conf
        apt-get -q -o APT::Update::Error-Mode=any update >&2
        wanted=
        for need in "$@"; do wanted="$wanted$need, "; done
        apt-get -q -y --no-install-recommends --no-remove --download-only satisfy "${wanted%, }" >&2
        find /build/root/var/cache/apt/archives -maxdepth 1 -name '*.deb' -exec cp -t /build/made {} +
        tar -C /build/made -cf - .
        """;

    // No script of a package runs. dpkg is told that they are installed, so that its checks and the search for the owners of libraries find them.
    private const string Unpack = """
        info=/mnt/root/var/lib/dpkg/info
        mkdir -p "$info"
        : > /mnt/installed
        for package in /mnt/packages/*.deb; do
            [ -e "$package" ] || continue
            dpkg-deb --fsys-tarfile "$package" | tar -xf - -C /mnt/root --no-same-owner --keep-directory-symlink
            name=$(dpkg-deb -f "$package" Package)
            [ "$(dpkg-deb -f "$package" Multi-Arch)" != same ] || name=$name:$(dpkg-deb -f "$package" Architecture)
            dpkg-deb -e "$package" /mnt/control
            for file in /mnt/control/*; do [ "${file##*/}" = control ] || cp "$file" "$info/$name.${file##*/}"; done
            dpkg-deb --fsys-tarfile "$package" | tar -tf - | sed 's,^\.,,; s,\(.\)/$,\1,; s,^/$,/.,' > "$info/$name.list"
            { echo 'Status: install ok installed'; grep -v '^$' /mnt/control/control; echo; } >> /mnt/installed
            rm -r /mnt/control
        done
        awk -v RS= -v ORS='\n\n' '
            { match($0, /(^|\n)Package: [^\n]*/); name = substr($0, RSTART, RLENGTH); sub(/^\n/, "", name)
              match($0, /\nArchitecture: [^\n]*/); name = name substr($0, RSTART, RLENGTH) }
            !seen[name]++' /mnt/installed /var/lib/dpkg/status > /mnt/root/var/lib/dpkg/status
        """;

    public static PackageKind For(NodeTask task, SourceKind source)
    {
        if (!DebianArch().IsMatch(task.Arch))
            throw new BuildDependencyException($"'{task.Arch}' is no arch of dpkg.");

        return new(
            "dists/stable/InRelease", DebScript.Dependencies(task.Stage, source), Dependencies, Installed,
            Fetch.Replace("FOLDERS", string.Join(' ', AptRoot.Folders.Select(folder => $"{Root}/{folder}")), StringComparison.Ordinal),
            _ => AptRoot.Configuration(Root, task.Arch), Repositories, Unpack);
    }

    private static IReadOnlyList<string> Dependencies(string text) => [.. Dependency().Matches(text).Select(match => match.Value)];

    private static string Repositories(IReadOnlyList<DependencySource> sources) => string.Concat(sources.Select((source, number) => string.Create(
        CultureInfo.InvariantCulture, $"deb [{(source.Key is null ? "trusted=yes" : $"signed-by={PackageKind.KeyFile(number)}")}] {source.Address} stable main\n")));

    /// <summary>As dpkg-checkbuilddeps prints them, with alternatives.</summary>
    [GeneratedRegex(@"[a-z0-9][a-z0-9.+:-]*( \([<>=]+ [^()\s]+\))?( \| [a-z0-9][a-z0-9.+:-]*( \([<>=]+ [^()\s]+\))?)*")]
    private static partial Regex Dependency();

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9-]*\z")]
    private static partial Regex DebianArch();
}
