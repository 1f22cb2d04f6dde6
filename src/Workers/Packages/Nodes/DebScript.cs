namespace EventSourced.Workers.Packages.Nodes;

/// <summary>Debian packages by dpkg-buildpackage.</summary>
internal static class DebScript
{
    // A source package with Debian revisions needs its upstream tarball; a tree that comes without one is it.
    private const string Build = """
        kind=$1 stage=$2
        upstream() {
            grep -q quilt debian/source/format 2>/dev/null || return 0
            version=$(dpkg-parsechangelog -SVersion) && name=$(dpkg-parsechangelog -SSource) || return 1
            version=${version#*:}
            set -- "../${name}_${version%-*}.orig.tar."*
            [ -e "$1" ] || tar -C .. --exclude=source/debian --transform "s,^source,$name-upstream," -cJf "../${name}_${version%-*}.orig.tar.xz" source
        }
        build() (
            mkdir -p /build/made /build/source && tar -xf - -C /build/source --no-same-owner || exit 1
            exec </dev/null
            if [ "$kind" = package ]; then
                dpkg-source --no-check -x /build/source/*.dsc /build/made/source || exit 1
                [ "$stage" = binaries ] || find /build/source -type f -name '*.orig*.tar.*' -exec cp {} /build/made ';'
            else
                mv /build/source /build/made/source || exit 1
            fi
            cd /build/made/source || exit 1
            case "$stage" in
                source) upstream && dpkg-buildpackage -us -uc -S -d -nc ;;
                binaries) dpkg-buildpackage -us -uc -b ;;
                *) upstream && dpkg-buildpackage -us -uc ;;
            esac
        )
        """;

    public static BuildScript For(BuildStage stage, SourceKind source) => new(
        Build,
        [source is SourceKind.Package ? "package" : "tree", stage switch { BuildStage.Source => "source", BuildStage.Binaries => "binaries", _ => "all" }],
        new Dictionary<string, string> { ["DEB_BUILD_OPTIONS"] = $"parallel={Environment.ProcessorCount}" });
}
