using System.Text.RegularExpressions;

namespace EventSourced.Workers.Packages.Nodes;

/// <summary>rpm packages by rpmbuild.</summary>
internal static partial class RpmScript
{
    /// <summary>Given last, so that no definition of a platform can move the build out of its places.</summary>
    private static readonly string[] Places =
    [
        "_topdir /build/rpm", "_builddir /build/rpm/BUILD", "_buildrootdir /build/rpm/BUILDROOT", "_sourcedir /build/rpm/SOURCES", "_specdir /build/rpm/SPECS",
        "_rpmdir /build/made", "_srcrpmdir /build/made", "_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm", "_tmppath /tmp",
    ];

    /// <summary>rpm's database of the machine and of what a layer brings, where the sandbox has such a layer.</summary>
    internal const string LayerDatabase = "/usr/lib/eventsourced/rpmdb";

    // $1 what the source is, $2 which part of rpmbuild's -b and -r, $3 the arch or nothing; then arguments of rpmbuild, rpmspec and rpm alike. Where the machine's
    // packages are not rpm's, its database knows nothing: programs, libraries and Debian packages then count by name, whatever their version.
    private const string Prepare = """
        kind=$1 stage=$2 arch=$3
        shift 3
        fail() { echo "$*" >&2; exit 1; }
        find_spec() {
            set -- *.spec
            [ -e "$1" ] || set -- SPECS/*.spec
            [ -e "$1" ] || fail 'The source has no .spec file, neither at the top nor in SPECS.'
            [ $# = 1 ] || fail "The source has several .spec files: $*"
            echo "$1"
        }
        # The first source is made of the tree when it is a tarball that is not there.
        first_source() {
            tree=$(rpmspec -q --srpm --qf '%{NAME}-%{VERSION}' "$@") || exit 1
            first=$(rpmspec -P "$@" | sed -n 's/^[Ss]ource0\{0,1\}:[[:space:]]*//p' | head -n 1)
            first=${first%%[[:space:]]*}
            first=${first##*/}
            case "$first" in *.tar | *.tar.* | *.tgz | *.tbz2 | *.txz) ;; *) return ;; esac
            [ ! -e "/build/rpm/SOURCES/$first" ] || return 0
            mkdir /build/tree && mv /build/source "/build/tree/$tree" && tar -C /build/tree -caf "/build/rpm/SOURCES/$first" "$tree"
        }
        query() {
            form=$1
            shift
            if [ "$kind" = tree ]; then rpmspec -q --srpm --qf "$form" "$@"; else rpm -q --qf "$form" -p "$@"; fi
        }
        listed() { case " $2 " in *" $1 "*) return 0 ;; esac; return 1; }
        excluded() {
            only=$(query '[%{EXCLUSIVEARCH} ]' "$@") && never=$(query '[%{EXCLUDEARCH} ]' "$@") || exit 1
            listed "$arch" "$never" || { [ -n "$only" ] && ! listed "$arch" "$only" && ! listed noarch "$only"; }
        }
        present() {
            case "$1" in
                'rpmlib('*) ;;
                /*) [ -e "$1" ] ;;
                'pkgconfig('*) name=${1#'pkgconfig('}; pkg-config --exists "${name%)}" 2>/dev/null ;;
                *) command -v "$1" >/dev/null || dpkg-query -s "$1" >/dev/null 2>&1 ;;
            esac
        }
        missing() {
            form=$1
            shift
            query "[%{REQUIRENAME}|%{$form}\n]" "$@" | sort -u | while IFS='|' read -r name need; do [ -z "$name" ] || present "$name" || echo "$need"; done
        }
        build() (
            mkdir -p /build/source /build/made /build/rpm/SOURCES /build/rpm/SPECS && tar -xf - -C /build/source --no-same-owner && cd /build/source || exit 1
            exec </dev/null
            if [ "$kind" = tree ]; then
                spec=$(find_spec) && cp "$spec" /build/rpm/SPECS || exit 1
                find "$(dirname "$spec")" -maxdepth 1 '(' -type f -o -type l ')' -exec cp -a -t /build/rpm/SOURCES {} + || exit 1
                [ ! -d SOURCES ] || cp -a SOURCES/. /build/rpm/SOURCES || exit 1
                set -- "$@" "/build/rpm/SPECS/$(basename "$spec")"
                first_source "$@" || exit 1
                run=-b
            else
                set -- "$@" /build/source/*.src.rpm
                run=-r
            fi
        """;

    private const string Build = Prepare + $$"""

            if [ "$stage" = s ]; then
                set -- --nodeps "$@"
            else
                ! excluded "$@" || { echo "The package is not meant for $arch."; exit 75; }
                if [ -d {{LayerDatabase}} ]; then
                    cp -r {{LayerDatabase}} /tmp/rpmdb && set -- --define "_dbpath /tmp/rpmdb" "$@" || exit 1
                elif [ -z "$(rpm -qa)" ]; then
                    missing=$(missing REQUIRENAME "$@")
                    [ -z "$missing" ] || fail "Missing build dependencies:" $missing
                    set -- --nodeps "$@"
                fi
            fi
            rpmbuild "$run$stage" "$@" || exit 1
        )
        """;

    // Where the machine's packages are rpm's, what is there in which version is dnf's to say.
    private const string Missing = Prepare + """

            ! excluded "$@" || exit 75
            if [ -z "$(rpm -qa)" ]; then missing REQUIRENEVRS "$@"; else query '[%{REQUIRENEVRS}\n]' "$@" | grep -v '^rpmlib('; fi >&3
        )
        """;

    public static BuildScript For(NodeTask task, SourceKind source) => Script(Build, task, source);

    /// <summary>Writes the build dependencies that the machine does not have to descriptor 3, one a line.</summary>
    public static BuildScript Dependencies(NodeTask task, SourceKind source) => Script(Missing, task, source);

    private static BuildScript Script(string text, NodeTask task, SourceKind source)
    {
        var arch = task.Stage is BuildStage.Source ? "" : task.Platform.TargetArch ?? task.Arch;
        var definitions = task.Platform.Definitions.Select(Definition).Concat(Places).SelectMany(definition => new[] { "--define", definition });
        return new(
            text,
            [
                source is SourceKind.Package ? "package" : "tree", task.Stage switch { BuildStage.Source => "s", BuildStage.Binaries => "b", _ => "a" }, arch,
                .. definitions, .. arch.Length > 0 ? ["--target", Checked(arch)] : Array.Empty<string>(),
            ]);
    }

    private static string Definition(KeyValuePair<string, string> definition) =>
        MacroName().IsMatch(definition.Key) && !definition.Value.Contains('\0')
            ? $"{definition.Key} {(definition.Value.Length > 0 ? definition.Value : "%{nil}")}"
            : throw new BuildResultException($"The definition '{definition.Key}' cannot be given to rpm.");

    private static string Checked(string arch) =>
        ArchName().IsMatch(arch) ? arch : throw new BuildResultException($"'{arch}' is no arch of rpm.");

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]*(\([A-Za-z0-9:-]*\))?\z")]
    private static partial Regex MacroName();

    [GeneratedRegex(@"\A[a-z0-9_]+\z")]
    private static partial Regex ArchName();
}
