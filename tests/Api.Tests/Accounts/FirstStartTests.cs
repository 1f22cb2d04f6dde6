namespace EventSourced.Api.Tests.Accounts;

public sealed class FirstStartTests(ApiHost api) : IClassFixture<ApiHost>
{
    [Fact]
    public async Task The_key_in_the_data_folder_is_the_first_administrators()
    {
        var me = await api.Http.Get("/api/me").As(api.AdminKey).Expect(200);

        Assert.Equal("user-1", me.Json.GetProperty("key").GetString());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(api.DataFolder, "admin.key")));
    }

    [Fact]
    public async Task The_local_build_node_gets_a_token_that_only_takes_tasks()
    {
        var me = await api.Http.Get("/api/me").As(api.NodeToken).Expect(200);

        Assert.Equal("node-1", me.Json.GetProperty("key").GetString());
        Assert.Equal(["node"], me.Json.GetProperty("roles").EnumerateArray().Select(r => r.GetString()));
        await api.Http.Get("/api/users").As(api.NodeToken).Expect(403);
    }
}
