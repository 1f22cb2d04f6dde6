namespace EventSourced.Workers.Tests.Containers;

/// <summary>A package that needs no compiler, as sources of both kinds.</summary>
internal static class NoteSources
{
    private const string Changelog = "note (1.0) stable; urgency=low\n\n  * First.\n\n -- Ann <ann@example.org>  Thu, 02 May 2024 10:00:00 +0000\n";

    /// <param name="depends">What it says it needs to be built.</param>
    /// <param name="command">Runs in the build.</param>
    public static Dictionary<string, string> Deb(string depends, string command) => new()
    {
        ["debian/changelog"] = Changelog,
        ["debian/control"] = $"""
            Source: note
            Maintainer: Ann <ann@example.org>
            Build-Depends: {depends}
            Rules-Requires-Root: no

            Package: note
            Architecture: all
            Description: a note

            """,
        ["debian/rules"] = $"""
            #!/usr/bin/make -f
            clean:
            build:
            	{command}
            binary: build
            	mkdir -p debian/note/DEBIAN debian/note/usr/share/note && echo note > debian/note/usr/share/note/text
            	dpkg-gencontrol -pnote -Pdebian/note && dpkg-deb --root-owner-group --build debian/note ..

            """,
    };

    /// <param name="requires">What it says it needs to be built.</param>
    public static Dictionary<string, string> Rpm(string requires) => new()
    {
        ["note.spec"] = $"""
            Name: note
            Version: 1.0
            Release: 1
            Summary: A note
            License: MIT
            BuildArch: noarch
            BuildRequires: {requires}
            %description
            A note.
            %install
            mkdir -p %buildroot/usr/share/note
            echo note > %buildroot/usr/share/note/text
            %check
            [ ! -e /usr/share/hello/text ] || cat /usr/share/hello/text
            %files
            /usr/share/note

            """,
    };
}
