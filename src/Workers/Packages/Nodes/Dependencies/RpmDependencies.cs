using System.Globalization;
using System.Text.RegularExpressions;

namespace EventSourced.Workers.Packages.Nodes.Dependencies;

/// <summary>Build dependencies of rpm packages, by dnf.</summary>
internal static partial class RpmDependencies
{
    private const string OnDebian = """
        debian=
        ! rpm --force-debian --version >/dev/null 2>&1 || debian=--force-debian
        """;

    // Where the packages are rpm's, their headers: rpm of this machine may keep its database in another form. Else one package made here stands for what is there: it
    // provides programs, libraries, pkg-config modules and Debian packages by name.
    private const string Installed = """
        set -eu
        exec 3>&1 >&2
        echo '%_tmppath /tmp' > /tmp/.rpmmacros
        mkdir /build/machine
        cd /build/machine
        if [ -n "$(rpm -qa)" ]; then
            cp -r "$(rpm --eval '%{_dbpath}')" database # to read it this way takes a lock in it
            rpmdb --dbpath "$PWD/database" --exportdb > headers
            what=headers
        else
            {
                set +e # what cannot be read is not counted
                dpkg-query -W -f '${binary:Package}\n' | sed 's/:.*//'
                find -L /usr/bin /usr/sbin -maxdepth 1 -type f -printf '%f\n%p\n/%P\n' | sed 's,^/\([^/]*\)$,/bin/\1,'
                find /usr/lib /usr/lib64 -name '*.so*' | /usr/lib/rpm/elfdeps --provides
                find /usr/lib /usr/share -path '*/pkgconfig/*.pc' | sed 's,.*/\(.*\)\.pc$,pkgconfig(\1),'
                echo 'rtld(GNU_HASH)'
            } 2>/dev/null | grep -E '^[A-Za-z0-9/][A-Za-z0-9/._+()~-]*$' | sort -u | sed 's/^/Provides: /' > provides
            {
                printf 'Name: this-machine\nVersion: 1\nRelease: 1\nSummary: This machine\nLicense: None\nBuildArch: noarch\nAutoReqProv: no\n'
                cat provides
                printf '%%description\nWhat this machine has.\n%%files\n'
            } > machine.spec
            rpmbuild --quiet -bb --define '_topdir /build/machine' \
                --define '_rpmdir /build/machine' --define '_rpmfilename this-machine.rpm' --define '_buildhost builder' machine.spec
            what=this-machine.rpm
        fi
        tar -cf - "$what" >&3
        """;

    private const string Fetch = $$"""
        set -eu
        configuration=$1 repositories=$2 keys=$3
        shift 3
        mkdir -p /build/root/var/lib/rpm /build/repos /build/cache /build/persist /build/log /build/keys /build/made /build/machine
        printf '%s' "$configuration" > /build/dnf.conf
        printf '%s' "$repositories" > /build/repos/task.repo
        for key in $(seq 0 "$((keys - 1))"); do printf '%s' "$1" > "/build/keys/$key.asc"; shift; done
        echo '%_tmppath /tmp' > /tmp/.rpmmacros
        cd /build/machine
        tar -xf - --no-same-owner
        if [ -e headers ]; then
            rpmdb --dbpath /build/root/var/lib/rpm --importdb < headers >&2
        else
            {{OnDebian}}
            rpm $debian --dbpath /build/root/var/lib/rpm --justdb --nodeps -i this-machine.rpm >&2
            cp this-machine.rpm /build/made
        fi
        echo '%_dbpath /var/lib/rpm' >> /tmp/.rpmmacros
        dnf --assumeyes --quiet --config=/build/dnf.conf --installroot=/build/root --releasever=1 --downloadonly --destdir=/build/made install "$@" >&2
        tar -C /build/made -cf - .
        """;

    private const string Unpack = $$"""
        {{OnDebian}}
        mkdir -p /mnt/root{{RpmScript.LayerDatabase}}
        database=$(rpm --eval '%{_dbpath}')
        [ -z "$(rpm -qa)" ] || cp -r "$database/." /mnt/root{{RpmScript.LayerDatabase}}
        rpm $debian --dbpath /mnt/root{{RpmScript.LayerDatabase}} \
            --justdb --nodeps --noscripts --notriggers --nosignature --ignorearch --ignoreos --ignoresize --oldpackage -U /mnt/packages/*.rpm
        rm -f /mnt/packages/this-machine.rpm
        for package in /mnt/packages/*.rpm; do
            [ ! -e "$package" ] || rpm2archive - < "$package" | tar -xzf - -C /mnt/root --no-same-owner --keep-directory-symlink
        done
        """;

    public static PackageKind For(NodeTask task, SourceKind source) => new(
        "repodata/repomd.xml", RpmScript.Dependencies(task, source), Lines, Installed, Fetch, gateway => Configuration(task.Platform, gateway), Repositories, Unpack);

    private static string[] Lines(string text)
    {
        var needs = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return Array.Find(needs, need => NoPackage().IsMatch(need)) is { } other
            ? throw new BuildDependencyException($"The source needs '{other}' to be built, which is no package or file of one.")
            : needs;
    }

    /// <summary>An index of rpm can name another address for its files: by the proxy that is the gateway too, and has none but its own.</summary>
    private static string Configuration(NodeTaskPlatform platform, Uri gateway) => $"""
        [main]
        reposdir=/build/repos
        cachedir=/build/cache
        persistdir=/build/persist
        logdir=/build/log
        install_weak_deps=0
        pluginpath=/nonexistent
        proxy={gateway.GetLeftPart(UriPartial.Authority)}
        excludepkgs={string.Join(' ', platform.Excluded)}

        """;

    private static string Repositories(IReadOnlyList<DependencySource> sources) => string.Concat(sources.Select((source, number) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        [r{number}]
        name=r{number}
        baseurl={source.Address}
        priority={source.Priority}
        gpgcheck=0
        repo_gpgcheck={(source.Key is null ? 0 : 1)}
        gpgkey=file://{PackageKind.KeyFile(number)}

        """)));

    /// <summary>What dnf would take for a group, or a file that it opens or fetches itself; rpm lets a source need all of them.</summary>
    [GeneratedRegex(@"\A@|\A(https?|ftp|file):|://|\.rpm\z|[\x00-\x1f\x7f]", RegexOptions.IgnoreCase)]
    private static partial Regex NoPackage();
}
