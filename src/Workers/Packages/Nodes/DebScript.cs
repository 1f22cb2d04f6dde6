namespace EventSourced.Workers.Packages.Nodes;

/// <summary>Debian packages by dpkg-buildpackage.</summary>
internal static class DebScript
{
    // A source package with Debian revisions needs its upstream tarball; a tree that comes without one is it.
    private const string Prepare = """
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
        """;

    // fakeroot lets through that an owner whom the sandbox does not have is invalid: it only swallows that he is forbidden.
    private const string Build = Prepare + """

            export FAKEROOTDONTTRYCHOWN=1
            case "$stage" in
                source) upstream && dpkg-buildpackage -us -uc -S -d -nc ;;
                binaries) dpkg-buildpackage -us -uc -b ;;
                *) upstream && dpkg-buildpackage -us -uc ;;
            esac
        )
        """;

    private const string Missing = Prepare + """

            dpkg-checkbuilddeps 2>&1 | sed -n 's/^dpkg-checkbuilddeps: error: [Uu]nmet build dependencies: //p' >&3
        )
        """;

    public static BuildScript For(BuildStage stage, SourceKind source) => Script(Build, stage, source);

    /// <summary>Writes the build dependencies that the machine does not have to descriptor 3, on one line.</summary>
    public static BuildScript Dependencies(BuildStage stage, SourceKind source) => Script(Missing, stage, source);

    private static BuildScript Script(string text, BuildStage stage, SourceKind source) => new(
        text,
        [source is SourceKind.Package ? "package" : "tree", stage switch { BuildStage.Source => "source", BuildStage.Binaries => "binaries", _ => "all" }]);
}
