using System.Text.Json;
using EventSourced.Api.Packages.Dialects.Albs;
using EventSourced.Domain.Packages.Builds;

namespace EventSourced.Api.Tests.Packages.Albs;

public sealed class RequestShapeTests
{
    private const string OnePlatform = """{"name": "Demo-9", "arch_list": ["amd64"]}""";

    [Fact]
    public async Task A_build_in_the_documented_form_is_read()
    {
        var build = await RequestReader.ReadAsync<BuildRequest>(
            """
            {"platforms": [{"name": "Demo-9", "arch_list": ["x86_64", "aarch64"]}],
             "tasks": [{"url": "https://git.example.org/rpms/tree.git", "git_ref": "d9"}]}
            """, "build");

        Assert.False(build.IsCurrentForm);
        Assert.Equal(["x86_64", "aarch64"], build.Platforms[0].ArchList);
        Assert.Equal(BuildRefType.GitBranch, BuildRef.TypeOf(build.Tasks[0].Url, build.Tasks[0].GitRef));
    }

    [Theory]
    [InlineData("""{"parallel_mode_enabled": false, "name": "Demo-9", "arch_list": ["amd64"]}""", "")]
    [InlineData("""{"parallel_mode_enabled": null, "name": "Demo-9", "arch_list": ["amd64"]}""", "")]
    [InlineData(OnePlatform, """, "product_id": "1" """)]
    [InlineData(OnePlatform, """, "product_id": null """)]
    public async Task A_build_of_todays_clients_is_told_by_its_fields(string platform, string more)
    {
        var build = await RequestReader.ReadAsync<BuildRequest>($$"""{"platforms": [{{platform}}], "tasks": [{"url": "http://g/x.src.rpm"}]{{more}}}""", "build");

        Assert.True(build.IsCurrentForm);
        Assert.Equal(BuildRefType.SrpmUrl, BuildRef.TypeOf(build.Tasks[0].Url, build.Tasks[0].GitRef));
    }

    [Theory]
    [InlineData("""{"active_tasks": [1, 2]}""")]
    [InlineData("""{"active_tasks": ["1", "2"], "other": {"x": null}}""")]
    [InlineData("""{"node_status": {"active_tasks": [1, "2"]}}""")]
    public async Task Bodies_come_bare_or_wrapped_and_numbers_also_as_text(string json) =>
        Assert.Equal([1, 2], (await RequestReader.ReadAsync<PingRequest>(json, "node_status")).ActiveTasks);

    [Fact]
    public async Task A_wrapper_with_a_second_key_is_no_wrapper() =>
        Assert.Empty((await RequestReader.ReadAsync<PingRequest>("""{"node_status": {"active_tasks": [1]}, "x": 1}""", "node_status")).ActiveTasks);

    [Theory]
    [InlineData("1", BuildRefType.GitBranch)]
    [InlineData("\"2\"", BuildRefType.GitTag)]
    [InlineData("\"git_ref\"", BuildRefType.GitRef)]
    [InlineData("\"srpm_url\"", BuildRefType.SrpmUrl)]
    public void Ref_types_are_numbers_or_their_names(string json, BuildRefType expected) =>
        Assert.Equal(expected, JsonSerializer.Deserialize<BuildRefType>(json, AlbsJson.Options));

    [Theory]
    [InlineData("0")]
    [InlineData("7")]
    [InlineData("1.5")]
    [InlineData("\"git\"")]
    [InlineData("true")]
    public void Other_ref_types_are_refused(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<BuildRefType>(json, AlbsJson.Options));

    [Theory]
    [InlineData("2024-05-01 10:20:30.123456", "2024-05-01T10:20:30.123456")]
    [InlineData("2024-05-01 10:00:00.5", "2024-05-01T10:00:00.5")]
    [InlineData("2024-05-01T12:20:30+02:00", "2024-05-01T10:20:30")]
    public void Times_are_read_with_a_space_or_a_zone_and_written_as_utc_without_one(string sent, string answered) =>
        Assert.Equal($"\"{answered}\"", JsonSerializer.Serialize(JsonSerializer.Deserialize<DateTimeOffset>($"\"{sent}\"", AlbsJson.Options), AlbsJson.Options));

    [Theory]
    [InlineData("{", "body")]
    [InlineData("", "body")]
    [InlineData("null", "body")]
    [InlineData("[]", "body")]
    [InlineData("""{"platforms": 5, "tasks": []}""", "body,platforms")]
    [InlineData("""{"platforms": [{"name": 5}]}""", "body,platforms,0,name")]
    [InlineData("""{"platforms": [{"arch_list": [[]]}]}""", "body,platforms,0,arch_list,0")]
    [InlineData("""{"linked_builds": ["a"]}""", "body,linked_builds,0")]
    [InlineData("""{"linked_builds": [1.5]}""", "body,linked_builds,0")]
    [InlineData("""{"platforms": null}""", "body,platforms")]
    [InlineData("""{"mock_options": []}""", "body,mock_options")]
    [InlineData("""{"tasks": [{"url": "http://g/x", "ref_type": "x"}]}""", "body,tasks,0,ref_type")]
    public async Task A_body_of_the_wrong_shape_names_the_field(string json, string loc) => Assert.Contains(loc, await RequestReader.RefusedAsync<BuildRequest>(json));

    [Theory]
    [InlineData("""{"platforms": [], "tasks": [{"url": "http://g/x"}]}""", "body,platforms")]
    [InlineData("""{"platforms": [null], "tasks": [{"url": "http://g/x"}]}""", "body,platforms,0")]
    [InlineData($$"""{"platforms": [{{OnePlatform}}], "tasks": []}""", "body,tasks")]
    [InlineData($$"""{"platforms": [{{OnePlatform}}], "tasks": [null]}""", "body,tasks,0")]
    [InlineData($$"""{"platforms": [{{OnePlatform}}]}""", "body,tasks")]
    [InlineData("""{"platforms": [{"name": "a", "arch_list": []}], "tasks": [{"url": "http://g/x"}]}""", "body,platforms,0,arch_list")]
    [InlineData("""{"platforms": [{"name": "a", "arch_list": [null]}], "tasks": [{"url": "http://g/x"}]}""", "body,platforms,0,arch_list,0")]
    [InlineData($$"""{"platforms": [{{OnePlatform}}], "tasks": [{"url": "http://g/x", "git_ref": "--upload-pack=x"}]}""", "body,tasks,0,git_ref")]
    [InlineData($$"""{"mock_options": {"with": "x"}, "platforms": [{{OnePlatform}}], "tasks": [{"url": "http://g/x"}]}""", "body,mock_options,with")]
    public async Task A_build_that_makes_no_sense_names_the_field(string json, string loc) => Assert.Contains(loc, await RequestReader.RefusedAsync<BuildRequest>(json, new BuildRequestValidator()));

    [Theory]
    [InlineData("ext::sh -c touch% /tmp/x")]
    [InlineData("ext::sh")]
    [InlineData("--upload-pack=touch")]
    [InlineData("-x")]
    [InlineData("/etc")]
    [InlineData("../x")]
    [InlineData("file:///etc")]
    [InlineData("http://u:secret@g/x")]
    [InlineData("ssh://-oProxyCommand=x/y")]
    [InlineData("https://g/x.git?access_token=abc")]
    [InlineData("https://g/x.git?a=1&Private_Token=abc")]
    [InlineData("https://g/x.git?%74oken=abc")]
    [InlineData("https://g/x.git#token=abc")]
    [InlineData("https://b.s3.amazonaws.com/x.src.rpm?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=abc")]
    [InlineData("https://a.blob.core.windows.net/c/x.src.rpm?sv=2024&sig=abc")]
    [InlineData("https://g/x.git?api-key=abc")]
    [InlineData("https://g/x.git?client_secret=abc")]
    [InlineData("http://g/a b")]
    [InlineData("http::http://g/x")]
    [InlineData("ext::http://[::1]/x")]
    [InlineData("http://[::1]/x::y")]
    [InlineData("http://g/[::1]/x")]
    [InlineData("ssh://a::b@[::1]/x")]
    public async Task A_url_that_git_must_not_see_is_refused(string url) =>
        Assert.Contains("body,tasks,0,url", await RequestReader.RefusedAsync<BuildRequest>(
            $$"""{"platforms": [{{OnePlatform}}], "tasks": [{"url": {{JsonSerializer.Serialize(url)}}}]}""", new BuildRequestValidator()));

    [Theory]
    [InlineData("https://git.example.org/rpms/tree.git")]
    [InlineData("http://127.0.0.1:8080/samples/hello.git")]
    [InlineData("git://git.example.org/x")]
    [InlineData("ssh://git@git.example.org/x.git")]
    [InlineData("http://[::1]:8080/x.git")]
    [InlineData("ssh://git@[2001:db8::7]/x.git")]
    [InlineData("https://git.example.org/cgit?p=tokenizer.git&design=1&h=token")]
    [InlineData("https://git.example.org/token=1/x.git?signatures=all&token=")]
    public void Git_urls_are_accepted(string url) => Assert.True(SourceUrls.IsAllowed(url));

    [Fact]
    public async Task An_empty_ref_is_none()
    {
        var build = await RequestReader.ReadAsync<BuildRequest>($$"""{"platforms": [{{OnePlatform}}], "tasks": [{"url": "http://g/x.src.rpm", "git_ref": ""}]}""", null, new BuildRequestValidator());

        Assert.Equal((null, BuildRefType.SrpmUrl), (BuildMapping.ToRef(build.Tasks[0]).GitRef, BuildMapping.ToRef(build.Tasks[0]).Type));
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("a/b.deb")]
    [InlineData("a\\b.deb")]
    [InlineData("..")]
    [InlineData(".hidden")]
    [InlineData("-rf")]
    [InlineData("")]
    [InlineData("a\u0000b.deb")]
    [InlineData("a b.deb")]
    public async Task An_artifact_name_that_leaves_its_folder_is_refused(string name) =>
        Assert.Contains("body,artifacts,0,name", await RequestReader.RefusedAsync<BuildDoneRequest>(
            $$"""{"task_id": 1, "status": "done", "artifacts": [{"name": {{JsonSerializer.Serialize(name)}}, "type": "deb", "href": "/a/1/"}]}""",
            new BuildDoneRequestValidator()));

    [Theory]
    [InlineData("""{"status": "done", "artifacts": []}""", "body,task_id")]
    [InlineData("""{"task_id": 1, "status": "ok", "artifacts": []}""", "body,status")]
    [InlineData("""{"task_id": 1, "status": "done", "artifacts": [null]}""", "body,artifacts,0")]
    [InlineData("""{"task_id": 1, "status": "done", "artifacts": [{"name": "a.deb", "type": "exe", "href": "/a"}]}""", "body,artifacts,0,type")]
    [InlineData("""{"task_id": 1, "status": "done", "artifacts": [{"name": "a.deb", "type": "deb", "href": "/a", "sha256": "12"}]}""", "body,artifacts,0,sha256")]
    public async Task A_report_that_makes_no_sense_names_the_field(string json, string loc) =>
        Assert.Contains(loc, await RequestReader.RefusedAsync<BuildDoneRequest>(json, new BuildDoneRequestValidator()));
}
