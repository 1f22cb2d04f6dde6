using System.Text.Json;

namespace EventSourced.Api.Tests.Packages.Albs;

/// <summary>Whatever is wrong with a request is answered in the dialect's form, and nothing is recorded.</summary>
public sealed class BadInputTests(ApiHost host) : IClassFixture<ApiHost>
{
    private const string Builds = "/api/v1/builds/", GetTask = "/api/v1/build_node/get_task", Ping = "/api/v1/build_node/ping", BuildDone = "/api/v1/build_node/build_done";
    private const string Admin = "admin", Node = "node", Nobody = "", Wrong = "wrong";

    private static readonly string Oversize = $$"""{"active_tasks": [], "x": "{{new string('x', 5 * 1024 * 1024)}}"}""";

    private readonly AlbsClient albs = new(host);

    [Theory]
    [InlineData(Builds, "{", "body")]
    [InlineData(Builds, "[]", "body")]
    [InlineData(Builds, "null", "body")]
    [InlineData(Builds, "{}", "body,platforms")]
    [InlineData(Builds, """{"platforms": {}, "tasks": []}""", "body,platforms")]
    [InlineData(Builds, """{"platforms": [{"name": "p", "arch_list": ["a"]}], "tasks": [{"url": "ext::sh -c id"}]}""", "body,tasks,0,url")]
    [InlineData(Builds, """{"platforms": [{"name": "p", "arch_list": ["a"]}], "tasks": [{"url": "--upload-pack=id"}]}""", "body,tasks,0,url")]
    [InlineData(Builds, """{"platforms": [{"name": "p", "arch_list": ["a"]}], "tasks": [{"url": "file:///etc"}]}""", "body,tasks,0,url")]
    [InlineData(Builds, """{"platforms": [{"name": "p", "arch_list": ["a"]}], "tasks": [{"url": "https://u:p@g/x"}]}""", "body,tasks,0,url")]
    [InlineData(Builds, """{"platforms": [{"name": "p", "arch_list": ["a"]}], "tasks": [{"url": "https://g/x?access_token=t"}]}""", "body,tasks,0,url")]
    [InlineData(Builds, """{"platforms": [{"name": "p", "arch_list": ["a"]}], "tasks": [{"url": "https://token@g/x"}]}""", "body,tasks,0,url")]
    [InlineData(Builds, """{"platforms": [{"name": "p", "arch_list": ["a"]}], "tasks": [{"url": "ssh://u:p@g/x"}]}""", "body,tasks,0,url")]
    [InlineData(Builds, """{"platforms": [{"name": "p", "arch_list": ["a"]}], "tasks": [{"url": "https://u%3Ap@g/x"}]}""", "body,tasks,0,url")]
    [InlineData(Builds, """{"platforms": [{"name": "p", "arch_list": ["a"]}], "tasks": [{"url": "https:\\\\u:p@g/x"}]}""", "body,tasks,0,url")]
    [InlineData(Builds, """{"platforms": [{"name": "p", "arch_list": ["a"]}], "tasks": [{"url": "git@g:x"}]}""", "body,tasks,0,url")]
    [InlineData(Builds, """{"platforms": [{"name": "p", "arch_list": ["a"]}], "tasks": [{"url": "https://g/x", "git_ref": "-x"}]}""", "body,tasks,0,git_ref")]
    [InlineData(Builds, """{"platforms": [{"name": "p", "arch_list": ["a"]}], "tasks": [{"url": "https://g/x", "git_ref": "a..b"}]}""", "body,tasks,0,git_ref")]
    [InlineData(Builds, """{"platforms": [{"name": "p", "arch_list": ["a"]}], "tasks": [{"url": "https://g/x", "git_commit_hash": "--help"}]}""", "body,tasks,0,git_commit_hash")]
    [InlineData(Builds, """{"platforms": [{"name": "p", "arch_list": ["a"]}], "tasks": [{"url": "https://g/x", "mock_options": {"definitions": {"m": "http://u:p@g/"}}}]}""", "body,tasks,0,mock_options")]
    [InlineData(Builds, """{"platforms": [{"name": "p", "arch_list": ["a"]}], "tasks": [{"url": "https://g/x", "mock_options": {"definitions": {"m": "see http://g/a?x=1&X-Amz-Signature=s"}}}]}""", "body,tasks,0,mock_options")]
    [InlineData(Builds, """{"platforms": [{"name": "p", "arch_list": ["a"]}], "tasks": [{"url": "https://g/x", "test_configuration": {"t": ["see http://u:p@g/"]}}]}""", "body,tasks,0,test_configuration")]
    [InlineData(Builds, """{"mock_options": {"with": ["http://u:p@g/"]}, "platforms": [{"name": "p", "arch_list": ["a"]}], "tasks": [{"url": "https://g/x"}]}""", "body,mock_options")]
    [InlineData(Builds, """{"platforms": [{"name": "p", "arch_list": ["a"]}], "tasks": [{"url": "https://g/x", "mock_options": {"with": 1}}]}""", "body,tasks,0,mock_options,with")]
    [InlineData("/api/v1/platforms/", """{"name": "../x", "type": "deb", "distr_type": "d", "distr_version": "1", "arch_list": ["a"]}""", "body,name")]
    [InlineData("/api/v1/platforms/", """{"name": "x", "type": "exe", "distr_type": "d", "distr_version": "1", "arch_list": []}""", "body,type")]
    [InlineData("/api/v1/platforms/", """{"name": "x", "type": "deb", "distr_type": "d", "distr_version": "1", "arch_list": ["a"], "repos": [{"name": "a/b"}]}""", "body,repos,0,name")]
    [InlineData("/api/v1/platforms/", """{"name": "x", "type": "deb", "distr_type": "d", "distr_version": "1", "arch_list": ["a"], "repos": [{"name": "x-a-7-br", "arch": "a", "url": "u", "type": "deb"}]}""", "body,repos,0,name")]
    [InlineData("/api/v1/platforms/", """{"name": "x", "type": "deb", "distr_type": "d", "distr_version": "1", "arch_list": ["a"], "repos": [{"name": "r", "arch": "a", "url": "u", "type": "deb"}, {"name": "r", "arch": "a", "url": "v", "type": "deb", "debug": false}]}""", "body,repos")]
    [InlineData("/api/v1/platforms/", """{"name": "x", "type": "deb", "distr_type": "d", "distr_version": "1", "arch_list": ["amd64", "x86_64"]}""", "body,arch_list,1")]
    [InlineData("/api/v1/platforms/", """{"name": ".x", "type": "deb", "distr_type": "d", "distr_version": "1", "arch_list": ["a"]}""", "body,name")]
    [InlineData("/api/v1/platforms/", """{"name": "a\tb", "type": "deb", "distr_type": "d", "distr_version": "1", "arch_list": ["a"]}""", "body,name")]
    [InlineData("/api/v1/platforms/", """{"name": " ", "type": "deb", "distr_type": "d", "distr_version": "1", "arch_list": ["a"]}""", "body,name")]
    [InlineData("/api/v1/platforms/", """{"name": "x", "type": "deb", "distr_type": "d", "distr_version": "1", "arch_list": ["a"], "data": {"k": "a\u0000"}}""", "body,data,k")]
    [InlineData("/api/v1/platforms/", """{"name": "x", "type": "deb", "distr_type": "d", "distr_version": "1", "arch_list": ["a"], "modularity": {"v": [{"k": 1, "k": 1}]}}""", "body,modularity,v,0")]
    [InlineData(Builds, """{"mock_options": {"definitions": {"x": "\ud800"}}, "platforms": [{"name": "p", "arch_list": ["a"]}], "tasks": [{"url": "https://g/x"}]}""", "body,mock_options,definitions,x")]
    [InlineData(Builds, """{"platforms": [{"name": "p", "arch_list": ["a"]}], "tasks": [{"module_name": "m", "refs": [null]}]}""", "body,tasks,0,refs,0")]
    [InlineData(Builds + "get_module_preview/", """{"platform_name": "p"}""", "body,ref")]
    [InlineData(Builds + "get_module_preview/", """{"platform_name": "p", "ref": {"url": "ext::sh"}}""", "body,ref,url")]
    [InlineData("/api/v1/platforms/", """{"name": "x", "type": "deb", "distr_type": "d", "distr_version": "1", "arch_list": ["a"], "repos": [{"name": "r", "arch": "a", "url": "https://u:p@g/", "type": "deb"}]}""", "body,repos,0,url")]
    [InlineData("/api/v1/platforms/", """{"name": "x", "type": "deb", "distr_type": "d", "distr_version": "1", "arch_list": ["a"], "repos": [{"name": "r", "arch": "a", "url": "https://g/?token=t", "type": "deb"}]}""", "body,repos,0,url")]
    [InlineData("/api/v1/platforms/", """{"name": "x", "type": "deb", "distr_type": "d", "distr_version": "1", "arch_list": ["a"], "repos": [{"name": "r", "arch": "a", "url": "https://g/", "pulp_href": "/a/?token=t", "type": "deb"}]}""", "body,repos,0,pulp_href")]
    [InlineData("/api/v1/platforms/", """{"name": "x", "type": "deb", "distr_type": "d", "distr_version": "1", "arch_list": ["a"], "repos": [{"name": "r", "arch": "a", "url": "//u@g/", "type": "deb"}]}""", "body,repos,0,url")]
    [InlineData("/api/v1/platforms/", """{"name": "x", "type": "deb", "distr_type": "d", "distr_version": "1", "arch_list": ["a"], "repos": [{"name": "r", "arch": "a", "url": "http://g/\ndeb http://h/", "type": "deb"}]}""", "body,repos,0,url")]
    [InlineData("/api/v1/platforms/", """{"name": "x", "type": "deb", "distr_type": "d", "distr_version": "1", "arch_list": ["a"], "data": {"mock": {"dnf_conf": "baseurl=http://u:p@g/"}}}""", "body,data")]
    [InlineData("/api/v1/platforms/", """{"name": "x", "type": "deb", "distr_type": "d", "distr_version": "1", "arch_list": ["a"], "data": {"mock": {"dnf_conf": "baseurl=http://g/?private_token=t"}}}""", "body,data")]
    [InlineData(GetTask, """{"supported_arches": "amd64"}""", "body,supported_arches")]
    [InlineData(GetTask, """{"supported_arches": [null]}""", "body,supported_arches,0")]
    [InlineData(GetTask, "", "body")]
    [InlineData(GetTask + "?wait=soon", """{"supported_arches": ["a"]}""", "query,wait")]
    [InlineData(GetTask + "?wait=-1", """{"supported_arches": ["a"]}""", "query,wait")]
    [InlineData(Ping, """{"active_tasks": ["x"]}""", "body,active_tasks,0")]
    [InlineData(Ping, """{"active_tasks": [99999999999]}""", "body,active_tasks,0")]
    [InlineData(BuildDone, """{"status": "done", "artifacts": []}""", "body,task_id")]
    [InlineData(BuildDone, """{"task_id": 1, "status": 2, "artifacts": []}""", "body,status")]
    [InlineData(BuildDone, """{"task_id": 1, "status": "done", "artifacts": [{"name": "../../x.deb", "type": "deb", "href": "/a/1/"}]}""", "body,artifacts,0,name")]
    [InlineData(BuildDone, """{"task_id": 1, "status": "done", "artifacts": [{"name": "/etc/x.deb", "type": "deb", "href": "/a/1/"}]}""", "body,artifacts,0,name")]
    [InlineData(BuildDone, """{"task_id": 1, "status": "done", "artifacts": [{"name": "x.deb", "type": "deb", "href": ""}]}""", "body,artifacts,0,href")]
    [InlineData(BuildDone, """{"task_id": 1, "status": "done", "artifacts": [{"name": "x.deb", "type": "deb", "href": "https://u:p@store/a/1/"}]}""", "body,artifacts,0,href")]
    [InlineData(BuildDone, """{"task_id": 1, "status": "done", "artifacts": [{"name": "x.deb", "type": "deb", "href": "/a/1/?sig=s"}]}""", "body,artifacts,0,href")]
    [InlineData(BuildDone, """{"task_id": 1, "status": "failed", "artifacts": [], "stats": {"log": "cloning https://u:p@g/x"}}""", "body,stats")]
    [InlineData("/api/v1/build_node/get_task?wait=soon&after=1", """{"supported_arches": ["a"]}""", "query,wait")]
    [InlineData("/api/v1/sign-keys/new/", """{"name": "k", "description": "", "keyid": "xyz", "fingerprint": "AB", "public_url": "u"}""", "body,keyid")]
    [InlineData("/api/v1/sign-keys/new/", """{"name": "k", "description": "", "keyid": "AB", "fingerprint": "zz", "public_url": "u"}""", "body,fingerprint")]
    [InlineData("/api/v1/sign-keys/new/", """{"name": "k", "description": "", "keyid": "AB", "fingerprint": "AB"}""", "body,public_url")]
    [InlineData("/api/v1/sign-keys/new/", """{"name": "k", "description": "", "keyid": "AB", "fingerprint": "AB", "public_url": "https://u:p@g/k.asc"}""", "body,public_url")]
    [InlineData("/api/v1/sign-keys/new/", """{"name": "k", "description": "", "keyid": "AB", "fingerprint": "AB", "public_key": "-----BEGIN PGP PRIVATE KEY BLOCK-----"}""", "body,public_key")]
    [InlineData("/api/v1/sign-tasks/", """{"build_id": 1}""", "body,sign_key_id")]
    [InlineData("/api/v1/sign-tasks/", """{"build_id": "x", "sign_key_id": 1}""", "body,build_id")]
    [InlineData("/api/v1/sign-tasks/get_sign_task/", """{"key_ids": "AB"}""", "body,key_ids")]
    [InlineData("/api/v1/sign-tasks/1/complete/", """{"build_id": 1, "packages": []}""", "body,success")]
    [InlineData("/api/v1/sign-tasks/1/complete/", """{"success": true, "packages": [{"id": 1, "name": "../x.rpm", "href": "/a/"}]}""", "body,packages,0,name")]
    [InlineData("/api/v1/sign-tasks/1/complete/", """{"success": true, "packages": [{"id": [], "name": "x.rpm"}]}""", "body,packages,0,id")]
    [InlineData("/api/v1/sign-tasks/1/complete/", """{"success": true, "packages": "all"}""", "body,packages")]
    [InlineData("/api/v1/sign-tasks/1/complete/", """{"success": true, "packages": [{"id": 1, "name": "x.rpm", "href": "https://u:p@g/"}]}""", "body,packages,0,href")]
    [InlineData("/api/v1/sign-tasks/1/complete/", """{"success": false, "stats": {"log": "from https://u:p@g/x"}}""", "body,stats")]
    [InlineData("/api/v1/sign-tasks/community/1/complete/", "{}", "body,success")]
    public Task What_does_not_fit_the_schema_is_422_with_the_field(string path, string body, string loc) => NothingIsRecordedAsync(async () =>
    {
        var answer = await albs.Http.Post(path, body).As(path.Contains("build_node", StringComparison.Ordinal) ? host.NodeToken : albs.Admin).Expect(422);

        var errors = answer.Json.GetProperty("detail").EnumerateArray().ToList();
        Assert.Contains(loc, errors.Select(e => string.Join(',', e.GetProperty("loc").EnumerateArray().Select(l => l.ToString()))));
        Assert.All(errors, e => Assert.NotEmpty(e.GetProperty("msg").GetString()!));
        Assert.All(errors, e => Assert.NotEmpty(e.GetProperty("type").GetString()!));
    });

    [Theory]
    [InlineData("POST", Builds, """{"platforms": [{"name": "unknown-1", "arch_list": ["a"]}], "tasks": [{"url": "https://g/x"}]}""", Admin, 404)]
    [InlineData("POST", BuildDone, """{"task_id": 2000000000, "status": "done", "artifacts": []}""", Node, 404)]
    [InlineData("GET", "/api/v1/builds/2000000000/", null, Nobody, 404)]
    [InlineData("GET", "/api/v1/builds/x/", null, Nobody, 422)]
    [InlineData("GET", "/api/v1/builds/3000000000/", null, Nobody, 404)]
    [InlineData("GET", "/api/v1/builds/-99999999999999999999/", null, Nobody, 404)]
    [InlineData("POST", "/api/v1/releases/3000000000/commit/", "{}", Admin, 404)]
    [InlineData("POST", "/api/v1/sign-tasks/3000000000/complete/", """{"success": true}""", Admin, 404)]
    [InlineData("POST", "/api/v1/sign-tasks/", """{"build_id": 3000000000, "sign_key_id": 1}""", Admin, 404)]
    [InlineData("POST", "/api/v1/sign-tasks/", """{"build_id": "99999999999999999999", "sign_key_id": 1}""", Admin, 404)]
    [InlineData("POST", "/api/v1/sign-tasks/", """{"build_id": 1.5, "sign_key_id": 1}""", Admin, 422)]
    [InlineData("POST", "/api/v1/releases/new/", """{"builds": [1], "platform_id": 3000000000, "product_id": 1}""", Admin, 404)]
    [InlineData("POST", BuildDone, """{"task_id": 3000000000, "status": "done", "artifacts": []}""", Node, 404)]
    [InlineData("GET", "/api/v1/nothing/", null, Nobody, 404)]
    [InlineData("DELETE", Builds, null, Admin, 405)]
    [InlineData("PATCH", "/api/v1/platforms/2000000000/add-repositories", "[1]", Admin, 404)]
    [InlineData("POST", Builds, "{}", Nobody, 401)]
    [InlineData("POST", Builds, "{}", Wrong, 401)]
    [InlineData("GET", Builds, null, Wrong, 401)]
    [InlineData("GET", "/api/v1/platforms/", null, Wrong, 401)]
    [InlineData("POST", Builds, "{}", Node, 403)]
    [InlineData("POST", "/api/v1/platforms/", "{}", Node, 403)]
    [InlineData("POST", GetTask, """{"supported_arches": ["a"]}""", Nobody, 401)]
    [InlineData("GET", "/api/v1/repositories/", null, Nobody, 401)]
    [InlineData("PUT", "/api/v1/sign-keys/2000000000/", "{}", Admin, 404)]
    [InlineData("POST", "/api/v1/sign-keys/new/", """{"name": "k", "description": "", "keyid": "AB", "fingerprint": "AB", "public_url": "u", "platform_ids": [2000000000]}""", Admin, 400)]
    [InlineData("POST", "/api/v1/sign-keys/new/", "{}", Node, 403)]
    [InlineData("POST", "/api/v1/sign-tasks/", """{"build_id": 2000000000, "sign_key_id": 2000000000}""", Node, 404)]
    [InlineData("POST", "/api/v1/sign-tasks/2000000000/complete/", """{"success": true}""", Admin, 404)]
    [InlineData("POST", "/api/v1/sign-tasks/get_sign_task/", """{"key_ids": []}""", Node, 403)]
    [InlineData("POST", "/api/v1/sign-tasks/community/7/complete/", """{"success": true}""", Admin, 404)]
    [InlineData("GET", "/api/v1/sign-tasks/?build_id=x", null, Nobody, 422)]
    public Task A_refusal_has_a_text(string method, string path, string? body, string who, int status) => NothingIsRecordedAsync(async () =>
    {
        var scenario = new HttpScenario(albs.Http, new HttpMethod(method), path, body);
        var answer = await (who is Nobody ? scenario : scenario.As(who switch { Admin => albs.Admin, Node => host.NodeToken, _ => "0123" })).Expect(status);

        Assert.Equal(status is 422 ? JsonValueKind.Array : JsonValueKind.String, answer.Json.GetProperty("detail").ValueKind);
    });

    [Theory]
    [InlineData(""" "repos": [{"name": "r", "arch": "a1", "url": "https://u:p@g/", "type": "deb"}] """, "body,repos,0,url")]
    [InlineData(""" "repos": [{"name": "r", "arch": "a1", "url": "https://g/?token=t", "type": "deb"}] """, "body,repos,0,url")]
    [InlineData(""" "repos": [{"name": "r", "arch": "a1", "url": "https://g/", "pulp_href": "/a/?token=t", "type": "deb"}] """, "body,repos,0,pulp_href")]
    [InlineData(""" "repos": [{"name": "r", "arch": "a1", "url": "https://g/", "type": "deb"}, {"name": "r-a1-7-br", "arch": "a1", "url": "https://g/", "type": "deb"}] """, "body,repos,1,name")]
    [InlineData(""" "repos": [{"name": "r", "arch": "a1", "url": "https://g/", "type": "deb"}, {"name": "r", "arch": "a1", "url": "https://h/", "type": "deb"}] """, "body,repos")]
    [InlineData(""" "arch_list": ["x86_64"], "type": "deb" """, "body,arch_list,0")]
    [InlineData(""" "arch_list": ["x86_64"], "repos": [{"name": "r", "arch": "a1", "url": "https://g/", "type": "deb"}] """, "body")]
    [InlineData(""" "data": {"x": ["ftp://u:p@g/"]} """, "body,data")]
    [InlineData(""" "modularity": {"versions": [{"x": "ftp://u:p@g/"}]} """, "body,modularity")]
    public async Task A_platform_is_not_changed_by_what_does_not_fit(string change, string loc)
    {
        var platform = await albs.CreatePlatformAsync("a1");

        await NothingIsRecordedAsync(async () =>
        {
            var answer = await albs.Http.Put("/api/v1/platforms/", $$"""{"name": "{{platform}}", {{change}} }""").As(albs.Admin).Expect(422);
            Assert.Equal(loc, string.Join(',', answer.Json.GetProperty("detail")[0].GetProperty("loc").EnumerateArray().Select(l => l.ToString())));
        });
    }

    [Theory]
    [InlineData("data", "/api/v1/platforms/", """{"name": "x", "type": "deb", "distr_type": "d", "distr_version": "1", "arch_list": ["a"], "data": DEEP}""", "body,data")]
    [InlineData("modularity", "/api/v1/platforms/", """{"name": "x", "type": "deb", "distr_type": "d", "distr_version": "1", "arch_list": ["a"], "modularity": DEEP}""", "body,modularity")]
    [InlineData("mock options of a build", Builds, """{"mock_options": DEEP, "platforms": [{"name": "p", "arch_list": ["a"]}], "tasks": [{"url": "https://g/x"}]}""", "body,mock_options")]
    [InlineData("mock options", Builds, """{"platforms": [{"name": "p", "arch_list": ["a"]}], "tasks": [{"url": "https://g/x", "mock_options": DEEP}]}""", "body,tasks,0,mock_options")]
    [InlineData("tests", Builds, """{"platforms": [{"name": "p", "arch_list": ["a"]}], "tasks": [{"url": "https://g/x", "test_configuration": DEEP}]}""", "body,tasks,0,test_configuration")]
    [InlineData("stats", BuildDone, """{"task_id": 1, "status": "failed", "artifacts": [], "stats": DEEP}""", "body,stats")]
    public Task Free_JSON_that_is_too_deep_is_refused(string what, string path, string body, string loc) => NothingIsRecordedAsync(async () =>
    {
        var deep = body.Replace("DEEP", FreeJson(levels: 17), StringComparison.Ordinal);
        var answer = await albs.Http.Post(path, deep).As(path is BuildDone ? host.NodeToken : albs.Admin).Expect(422);

        Assert.True(loc == string.Join(',', answer.Json.GetProperty("detail")[0].GetProperty("loc").EnumerateArray().Select(l => l.ToString())), $"{what}: {answer.Text}");
    });

    [Fact]
    public async Task Free_JSON_as_deep_as_it_may_be_is_shown_wherever_it_is_shown()
    {
        var (platform, arch, free) = (AlbsClient.NewName("deep"), AlbsClient.NewName("a"), FreeJson(levels: 16));
        await albs.Http.Post("/api/v1/platforms/", $$"""
            {"name": "{{platform}}", "type": "deb", "distr_type": "d", "distr_version": "1", "arch_list": ["{{arch}}"], "data": {{free}}, "modularity": {{free}} }
            """).As(albs.Admin).Expect(200);
        var build = (await albs.Http.Post(Builds, $$"""
            {"mock_options": {{free}}, "platforms": [{"name": "{{platform}}", "arch_list": ["{{arch}}"]}],
             "tasks": [{"url": "https://g/x", "mock_options": {{free}}, "test_configuration": {{free}} }]}
            """).As(albs.Admin).Expect(200)).Json.GetProperty("id").GetInt32();
        var task = (await albs.ClaimAsync(host.NodeToken, [arch]))!.Value.GetProperty("id").GetInt32();
        await albs.Http.Post(BuildDone, $$"""{"task_id": {{task}}, "status": "failed", "artifacts": [], "stats": {{free}} }""").As(host.NodeToken).Expect(200);

        foreach (var url in (string[])["/api/v1/platforms/", "/api/v1/builds/", "/api/v1/builds/?pageNumber=1", $"/api/v1/builds/{build}/", $"/api/streams/events?key=build_task-{task}"])
            Assert.Contains("\"leaf\"", (await albs.Http.Get(url).As(albs.Admin).Expect(200)).Text, StringComparison.Ordinal);
    }

    private static string FreeJson(int levels) => $"{string.Concat(Enumerable.Repeat("{\"a\":", levels - 1))}{{\"leaf\":1}}{new string('}', levels - 1)}";

    [Fact]
    public Task A_body_that_is_too_large_is_413() => NothingIsRecordedAsync(async () =>
    {
        var answer = await albs.Http.Post(Ping, Oversize).As(host.NodeToken).Expect(413);

        Assert.Equal(JsonValueKind.String, answer.Json.GetProperty("detail").ValueKind);
    });

    [Fact]
    public Task A_platform_that_is_none_is_said_once() => NothingIsRecordedAsync(async () =>
    {
        var answer = await albs.Http.Post(Builds, """{"platforms": [null], "tasks": [{"url": "https://g/x"}]}""").As(albs.Admin).Expect(422);

        Assert.Equal("""["body","platforms",0]""", Assert.Single(answer.Json.GetProperty("detail").EnumerateArray()).GetProperty("loc").GetRawText());
    });

    [Fact]
    public async Task An_arch_that_the_platform_has_not_is_named()
    {
        var platform = await albs.CreatePlatformAsync("a1");

        await NothingIsRecordedAsync(async () =>
        {
            var answer = await albs.Http.Post(Builds, $$"""{"platforms": [{"name": "{{platform}}", "arch_list": ["a1", "a2"]}], "tasks": [{"url": "https://g/x"}]}""")
                .As(albs.Admin).Expect(422);

            Assert.Equal("""["body","platforms",0,"arch_list",1]""", answer.Json.GetProperty("detail")[0].GetProperty("loc").GetRawText());
        });
    }

    [Theory]
    [InlineData(""" "module_name": "m", "module_stream": "1", "modules_yaml": "", "refs": [{"url": "https://g/x", "enabled": false}] """, 400, """{"detail":[{"msg":"The module has no enabled component."}]}""")]
    [InlineData(""" "module_name": "m", "module_stream": "1", "modules_yaml": "", "refs": [{"url": "https://g/x"}] """, 501, """{"detail":"Modules cannot be built here."}""")]
    public Task Modules_are_refused_in_their_own_way(string task, int status, string body) => NothingIsRecordedAsync(async () => Assert.Equal(
        body, (await albs.Http.Post(Builds, $$"""{"platforms": [{"name": "p", "arch_list": ["a"]}], "tasks": [{ {{task}} }]}""").As(albs.Admin).Expect(status)).Text));

    [Theory]
    [InlineData("product_id", "7")]
    [InlineData("platform_flavors", "[7]")]
    public async Task Unknown_products_and_flavors_are_not_found(string field, string value)
    {
        var platform = await albs.CreatePlatformAsync("a1");

        await NothingIsRecordedAsync(() => albs.Http.Post(
            Builds, $$"""{"{{field}}": {{value}}, "platforms": [{"name": "{{platform}}", "arch_list": ["a1"]}], "tasks": [{"url": "https://g/x"}]}""").As(albs.Admin).Expect(404));
    }

    private async Task NothingIsRecordedAsync(Func<Task> request)
    {
        var before = await EventsAsync();
        await request();
        Assert.Equal(before, await EventsAsync());
    }

    private async Task<long> EventsAsync()
    {
        await using var count = host.Database.DataSource.CreateCommand("select count(*) from mt_events");
        return (long)(await count.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
