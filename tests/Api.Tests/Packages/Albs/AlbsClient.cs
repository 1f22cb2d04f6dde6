using System.Text.Json;

namespace EventSourced.Api.Tests.Packages.Albs;

/// <summary>The build system as its clients call it.</summary>
internal sealed class AlbsClient(ApiHost host)
{
    private static int names;

    public HttpClient Http => host.Http;

    public string Admin => host.AdminKey;

    /// <summary>A name no other test of the run uses.</summary>
    public static string NewName(string prefix) => $"{prefix}{Interlocked.Increment(ref names)}-{Guid.CreateVersion7():N}"[..28];

    /// <summary>A platform of its own for one test.</summary>
    public async Task<string> CreatePlatformAsync(params string[] arches)
    {
        var name = NewName("p");
        await Http.Post("/api/v1/platforms/", new
        {
            name,
            type = "deb",
            distr_type = "debian",
            distr_version = "12",
            test_dist_name = "debian",
            arch_list = arches,
            repos = Array.Empty<object>(),
            data = new { definitions = new { vendor = "Demo" } },
        }).As(Admin).Expect(200);
        return name;
    }

    public async Task<JsonElement> SubmitAsync(string platform, string[] arches, params string[] urls) => (await Http.Post("/api/v1/builds/", new
    {
        platforms = new[] { new { name = platform, arch_list = arches } },
        tasks = urls.Select(url => new { url, git_ref = "main" }),
    }).As(Admin).Expect(200)).Json;

    /// <summary>Null when there is no task.</summary>
    public async Task<JsonElement?> ClaimAsync(string credential, string[] arches, string query = "")
    {
        var answer = await Http.Post("/api/v1/build_node/get_task" + query, new { supported_arches = arches }).As(credential).Expect(200);
        return answer.Text is "null" ? null : answer.Json;
    }

    public HttpScenario Report(string credential, int task, string status = "failed", object[]? artifacts = null) =>
        Http.Post("/api/v1/build_node/build_done", new { task_id = task, status, artifacts = artifacts ?? [] }).As(credential);

    /// <summary>The token of a new node.</summary>
    public async Task<string> NewNodeAsync() =>
        (await Http.Post("/api/nodes", new { name = NewName("node") }).As(Admin).Expect(201)).Json.GetProperty("token").GetString()!;
}
