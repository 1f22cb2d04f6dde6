namespace EventSourced.Workers.Tests.Packages;

/// <summary>A library with a header, a shared object and a pkg-config module, and a program that needs all three, as sources of both kinds of packages.</summary>
internal static class WaveSources
{
    private const string Library = """
        const char *wave(void) { return "the library waves"; }

        """;

    private const string Header = """
        const char *wave(void);

        """;

    private const string Module = """
        Name: wave
        Description: Waves
        Version: 1.0
        Cflags: -I/usr/include/wave
        Libs: -lwave

        """;

    private const string Program = """
        #include <stdio.h>
        #include <wave.h>
        int main(void) { return puts(wave()) < 0; }

        """;

    private const string Rules = """
        #!/usr/bin/make -f
        clean:
        build binary:
        	BUILD

        """;

    public static Dictionary<string, string> RpmLibrary => new()
    {
        ["wave.c"] = Library, ["wave.h"] = Header, ["wave.pc"] = Module,
        ["wave.spec"] = """
            Name: wave
            Version: 1.0
            Release: 1
            Summary: A library
            License: MIT

            %description
            A library.

            %package devel
            Summary: Its header
            Requires: wave = 1.0

            %description devel
            Its header.

            %build
            cp %_sourcedir/wave.* .
            gcc -shared -fPIC -Wl,-soname,libwave.so.1 -o libwave.so.1 wave.c

            %install
            install -D libwave.so.1 %buildroot%_libdir/libwave.so.1
            ln -s libwave.so.1 %buildroot%_libdir/libwave.so
            install -D -m 644 wave.h %buildroot/usr/include/wave/wave.h
            install -D -m 644 wave.pc %buildroot%_libdir/pkgconfig/wave.pc

            %files
            %_libdir/libwave.so.1

            %files devel
            %_libdir/libwave.so
            %_libdir/pkgconfig/wave.pc
            /usr/include/wave

            """,
    };

    /// <param name="requires">What it says it needs to be built.</param>
    public static Dictionary<string, string> RpmProgram(string requires) => new()
    {
        ["waver.c"] = Program,
        ["waver.spec"] = $"""
            Name: waver
            Version: 1.0
            Release: 1
            Summary: A program
            License: MIT
            BuildRequires: gcc, {requires}

            %description
            A program.

            %build
            PKG_CONFIG_PATH=%_libdir/pkgconfig; export PKG_CONFIG_PATH
            gcc -o waver %_sourcedir/waver.c $(pkg-config --cflags --libs wave)

            %install
            install -D waver %buildroot/usr/bin/waver

            %check
            ./waver
            ! touch /usr/include/wave/mine
            grep Cap /proc/self/status

            %files
            /usr/bin/waver

            """,
    };

    public static Dictionary<string, string> DebLibrary => new()
    {
        ["wave.c"] = Library, ["wave.h"] = Header, ["wave.pc"] = Module,
        ["debian/changelog"] = Changelog("wave"),
        ["debian/control"] = """
            Source: wave
            Maintainer: Ann <ann@example.org>
            Rules-Requires-Root: no

            Package: libwave1
            Architecture: any
            Multi-Arch: same
            Description: A library

            Package: libwave-dev
            Architecture: any
            Depends: libwave1 (= ${binary:Version})
            Description: Its header

            """,
        ["debian/libwave1.shlibs"] = "libwave 1 libwave1 (>= 1.0)\n",
        ["debian/rules"] = Rules.Replace("BUILD", """
            set -e; lib=usr/lib/$$(dpkg-architecture -qDEB_HOST_MULTIARCH); one=debian/libwave1; dev=debian/libwave-dev; \
            mkdir -p $$one/DEBIAN $$dev/DEBIAN $$one/$$lib $$dev/$$lib/pkgconfig $$dev/usr/include/wave; \
            gcc -shared -fPIC -Wl,-soname,libwave.so.1 -o $$one/$$lib/libwave.so.1 wave.c; \
            ln -s libwave.so.1 $$dev/$$lib/libwave.so; cp wave.h $$dev/usr/include/wave; cp wave.pc $$dev/$$lib/pkgconfig; \
            cp debian/libwave1.shlibs $$one/DEBIAN/shlibs; \
            for name in libwave1 libwave-dev; do dpkg-gencontrol -p$$name -Pdebian/$$name; dpkg-deb --root-owner-group --build debian/$$name ..; done
            """),
    };

    /// <param name="depends">What it says it needs to be built.</param>
    public static Dictionary<string, string> DebProgram(string depends) => new()
    {
        ["waver.c"] = Program,
        ["debian/changelog"] = Changelog("waver"),
        ["debian/control"] = $$"""
            Source: waver
            Maintainer: Ann <ann@example.org>
            Build-Depends: {{depends}}
            Rules-Requires-Root: no

            Package: waver
            Architecture: any
            Depends: ${shlibs:Depends}
            Description: A program

            """,
        ["debian/rules"] = Rules.Replace("BUILD", """
            set -e; mkdir -p debian/waver/DEBIAN debian/waver/usr/bin; \
            gcc -o debian/waver/usr/bin/waver waver.c $$(pkg-config --cflags --libs wave); debian/waver/usr/bin/waver; \
            dpkg-shlibdeps debian/waver/usr/bin/waver; \
            dpkg-gencontrol -pwaver -Pdebian/waver; dpkg-deb --root-owner-group --build debian/waver ..
            """),
    };

    private static string Changelog(string name) => $"""
        {name} (1.0) stable; urgency=low

          * First.

         -- Ann <ann@example.org>  Thu, 02 May 2024 10:00:00 +0000

        """;
}
