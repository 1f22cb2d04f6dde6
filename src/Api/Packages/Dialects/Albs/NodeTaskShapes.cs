using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using EventSourced.Domain.Packages.Builds;

namespace EventSourced.Api.Packages.Dialects.Albs;

/// <summary>The task a node gets (albs 4.6). <paramref name="Attempt"/> is ours: a node that sends it back as <c>X-Attempt</c> is fenced by it.</summary>
public sealed record NodeTaskResponse(
    int Id,
    string Arch,
    int BuildId,
    NodeTaskRef Ref,
    NodeTaskPlatform Platform,
    NodeTaskCreator CreatedBy,
    IReadOnlyList<NodeTaskRepository> Repositories,
    IReadOnlyList<int> LinkedBuilds,
    string? BuiltSrpmUrl,
    bool IsSecureBoot,
    string? AlmaCommitCasHash,
    string? SrpmHash,
    bool IsCasAuthenticated,
    int Attempt);

public sealed record NodeTaskRef(string Url, string? GitRef, BuildRefType RefType, string? GitCommitHash);

public sealed record NodeTaskPlatform(string Name, string Type, JsonObject Data);

public sealed record NodeTaskCreator(string Name, string Email);

public sealed record NodeTaskRepository(string Name, string Url, int Priority, bool MockEnabled);

/// <summary>The answer to a report: <c>{"ok": true}</c>, or 409 with false.</summary>
public sealed record BuildDoneResponse(bool Ok);

/// <summary>The answer to a ping. Old nodes ignore the field (albs 21).</summary>
/// <param name="LostTasks">Tasks named in the ping that this node no longer holds: stop working on them. Left out when there are none.</param>
public sealed record PingResponse([property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<int>? LostTasks);
