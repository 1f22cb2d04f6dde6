using System.Runtime.InteropServices;

namespace EventSourced.Workers.Commands.Demo;

/// <summary>The steps of the demo, in order: two projects become signed packages in signed repositories, are installed, upgraded and taken back.</summary>
internal sealed class DemoRun(DemoApi api, DemoConsole console, string folder)
{
    private readonly DemoBuild _builds = new(api, console);
    private readonly DemoRelease _releases = new(api, console);
    private readonly DemoInstall _install = new(api, console, folder);

    /// <param name="isShort">Whether it ends with the first installations.</param>
    /// <param name="cancellation">Ends it at once.</param>
    public async Task RunAsync(bool isShort, CancellationToken cancellation)
    {
        console.Step("1. Projects, each a Git repository");
        var sources = Path.Combine(folder, "git");
        await using var git = await GitHttpServer.StartAsync(sources, cancellation);
        var runtime = await CreateAsync("base", Samples.Base);
        var tally = await CreateAsync("tally", Samples.Tally);
        var greet = await CreateAsync("greet", Samples.Greet);

        console.Step("2. Platforms, their production repositories, and the key of the sign node");
        var number = await DemoDistribution.NextNumberAsync(api, cancellation);
        var isArm = RuntimeInformation.OSArchitecture is Architecture.Arm64;
        var (deb, rpm) = (new DemoDistribution("deb", number, isArm ? "arm64" : "amd64"), new DemoDistribution("rpm", number, isArm ? "aarch64" : "x86_64"));
        var (debPlatform, rpmPlatform) = (await deb.CreateAsync(api, cancellation), await rpm.CreateAsync(api, cancellation));
        var key = await _releases.KeyAsync(cancellation);
        console.Done($"{deb.Platform} and {rpm.Platform}; packages are signed with {key.KeyId}");

        console.Step("3. Builds: source packages first, then the machine's arch");
        var debBuild = await BuildAsync(deb, runtime, tally);
        var rpmBuild = await BuildAsync(rpm, runtime, greet);

        console.Step("4. Signatures, and releases into the production repositories");
        await SignAndReleaseAsync(debBuild, debPlatform);
        await SignAndReleaseAsync(rpmBuild, rpmPlatform);
        var (debs, rpms) = (await _releases.ProductionAsync(deb, cancellation), await _releases.ProductionAsync(rpm, cancellation));

        console.Step("5. Installations into empty roots, every signature checked");
        var apt = await _install.InstallDebAsync(debs, deb.Arch, cancellation);
        var dnf = await _install.InstallRpmAsync(rpms, key, cancellation);
        if (isShort)
            return;

        await _install.RequireRefusalsAsync(debs, deb.Arch, rpms, key, cancellation);

        console.Step("6. Version 2: built, signed, released, upgraded");
        await tally.Source.ChangeAsync("debian/changelog", text => $"tally (2.0) stable; urgency=medium\n\n  * Second version.\n\n -- EventSourced <packages@eventsourced.example>  Fri, 02 Jan 2026 00:00:00 +0000\n\n{text}", cancellation);
        await tally.Source.ChangeAsync("Makefile", text => text.Replace("VERSION = 1.0", "VERSION = 2.0", StringComparison.Ordinal), cancellation);
        await greet.Source.ChangeAsync("greet.spec", text => text.Replace("1.0", "2.0", StringComparison.Ordinal), cancellation);
        await tally.Source.CommitAsync("Second version", cancellation);
        await greet.Source.CommitAsync("Second version", cancellation);
        await SignAndReleaseAsync(await BuildAsync(deb, tally), debPlatform);
        await SignAndReleaseAsync(await BuildAsync(rpm, greet), rpmPlatform);
        await apt.UpdateAsync(cancellation);
        await apt.UpgradeAsync(cancellation);
        await _install.RequireTallyAsync(apt, "2.0", cancellation);
        await dnf.RunAsync(cancellation, "upgrade");
        await _install.RequireGreetAsync(dnf, "2.0", cancellation);

        console.Step("7. Both repositories rolled back, and the clients after them");
        await _releases.RollBackAsync(debs, cancellation);
        await _releases.RollBackAsync(rpms, cancellation);
        await apt.UpdateAsync(cancellation);
        await apt.InstallAsync("tally=1.0", cancellation);
        await _install.RequireTallyAsync(apt, "1.0", cancellation);
        await dnf.RunAsync(cancellation, "distro-sync");
        await _install.RequireGreetAsync(dnf, "1.0", cancellation);

        console.Step("8. How it got there");
        var history = new DemoHistory(api, console);
        await history.ShowAsync(debBuild, await _builds.PublishedAsync(debBuild, cancellation), debs, tally.First, cancellation);
        await history.ShowAsync(rpmBuild, await _builds.PublishedAsync(rpmBuild, cancellation), rpms, greet.First, cancellation);

        async Task<Project> CreateAsync(string name, string sample)
        {
            var source = await DemoSource.CreateAsync(sample, Path.Combine(sources, name), cancellation);
            console.Done($"{name}: {source.Commit}");
            return new Project(source, new Uri(git.Address, $"{name}/.git"), source.Commit);
        }

        async Task<DemoBuilt> BuildAsync(DemoDistribution distribution, params Project[] projects)
        {
            var build = await _builds.RequestAsync(distribution, [.. projects.Select(p => (p.Url, p.Source.Commit))], cancellation);
            console.Done($"Build {build.Id} for {distribution.Platform} with {build.Tasks.Count} tasks");
            await _builds.FollowAsync(build, cancellation);
            return build;
        }

        async Task SignAndReleaseAsync(DemoBuilt build, int platform)
        {
            await _releases.SignAsync(build, key, cancellation);
            await _releases.ReleaseAsync(build, platform, cancellation);
        }
    }

    private sealed record Project(DemoSource Source, Uri Url, string First);
}
