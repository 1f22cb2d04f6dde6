using EventSourced.Domain;
using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.Signing;
using EventSourced.Projections.Packages;
using Microsoft.Extensions.Options;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>Lists sign tasks, hands them out, and waits for what becomes of their reports.</summary>
public sealed class SignTasks(
    IMessageBus bus, RepeatedClaims claims, IQuerySession session, SignedFiles files, PublishedBuilds builds, ContentUrls urls, TimeProvider time,
    IOptions<PackagesOptions> options)
{
    /// <summary>How many waiting tasks are looked at: the first may be taken by others meanwhile, or have nothing to sign any more.</summary>
    private const int LookAhead = 16;

    /// <summary>By id; without a build all of them.</summary>
    public async Task<IReadOnlyList<SignTaskResponse>> ListAsync(int? build, HttpRequest http, CancellationToken ct) =>
        await OfAsync(build is { } one ? await session.SignTasksOfBuildsAsync([one], ct) : await session.SignTasksAsync(ct), http, ct);

    public async Task<SignTaskResponse?> FindAsync(SignTaskId id, HttpRequest http, CancellationToken ct) =>
        await session.LoadAsync<SignTaskDetails>(id.StreamKey, ct) is { } task ? (await OfAsync([task], http, ct))[0] : null;

    /// <summary>The oldest idle task for one of the keys; null when there is none.</summary>
    public async Task<NodeSignTaskResponse?> ClaimAsync(IReadOnlyList<string> keyIds, string node, bool pings, HttpRequest http, CancellationToken ct)
    {
        if (await claims.FormerAsync<SignTaskAssigned>(IsHeldAsync, ct) is { } former)
            return await AnswerAsync(former, http, ct);

        var silence = pings ? options.Value.Signing.PingingSilence : options.Value.Signing.Silence;
        var deadline = builds.Begin();
        foreach (var idle in await session.IdleSignTasksAsync(keyIds, LookAhead, ct))
        {
            await builds.WaitAsync(idle.BuildId, deadline, ct); // files are fetched from there
            if (await session.SignPackagesAsync(idle.BuildId, time.GetUtcNow(), ct) is ({ } packages, { } buildTasks)
                && await ClaimAsync(new(idle.SignTaskId, node, silence, packages, buildTasks), ct) is { } assigned)
                return await AnswerAsync(assigned, http, ct);
        }

        return null;
    }

    /// <summary>Waits, bounded, until a report has been verified and what follows from it has happened to the build and its files.</summary>
    public async Task WaitAsync(SignTaskReported reported, CancellationToken ct)
    {
        var most = options.Value.Signing.ReportWait;
        var task = await bus.WaitForAsync<SignTask>(reported.SignTaskId.StreamKey, t => t.Status is not SignTaskStatus.Reported, most, ct);
        if (task is not { Status: SignTaskStatus.Completed })
            return;

        await bus.WaitForAsync<Build>(reported.BuildId.StreamKey, b => b.IsSigned || b.LastSignTask == reported.SignTaskId, most, ct);
        await files.WaitAsync([reported.BuildId.Value], most, ct);
    }

    /// <summary>Null when another node was faster, or the build has no packages any more.</summary>
    private async Task<SignTaskAssigned?> ClaimAsync(ClaimSignTask claim, CancellationToken ct)
    {
        try
        {
            return await claims.ClaimAsync<SignTaskAssigned>(claim, ct);
        }
        catch (RuleViolationException e) when (e.Code is SignTaskErrors.NotIdle)
        {
            return null;
        }
    }

    private async Task<bool> IsHeldAsync(SignTaskAssigned former, CancellationToken ct) =>
        await session.Events.AggregateStreamAsync<SignTask>(former.SignTaskId.StreamKey, token: ct) is { } task
        && task.Attempt == former.Attempt && task.Status is not SignTaskStatus.Idle;

    /// <summary>With the key of the task that was assigned: of two requests with one <c>Idempotency-Key</c>, the second gets what the first one found.</summary>
    private async Task<NodeSignTaskResponse> AnswerAsync(SignTaskAssigned assigned, HttpRequest http, CancellationToken ct) =>
        SignMapping.ToNodeTask(assigned, await session.KeyIdOfTaskAsync(assigned.SignTaskId, ct), url => urls.Absolute(url, http));

    private async Task<IReadOnlyList<SignTaskResponse>> OfAsync(IReadOnlyList<SignTaskDetails> tasks, HttpRequest http, CancellationToken ct)
    {
        var keys = (await session.LoadManyAsync<SignKeyDetails>(ct, [.. tasks.Select(t => new SignKeyId(t.SignKeyId).StreamKey).Distinct()])).ToDictionary(k => k.Number);
        return [.. tasks.Select(t => SignMapping.ToResponse(t, keys[t.SignKeyId], url => urls.Absolute(url, http)))];
    }
}
