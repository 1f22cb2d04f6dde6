using EventSourced.ServiceDefaults;
using EventSourced.ServiceDefaults.Hosting;
using EventSourced.ServiceDefaults.Postgres;

return await HostStart.RunAsync(async () =>
{
    var builder = HostStart.CreateBuilder(args);
    builder.AddServiceDefaults("api", "http://127.0.0.1:8080");
    await using var postgres = await builder.AddPostgresAsync(CancellationToken.None);
    var app = builder.Build();
    app.MapServiceDefaults();
    return await app.RunUntilStoppedAsync();
});
