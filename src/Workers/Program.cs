using EventSourced.ServiceDefaults;
using EventSourced.ServiceDefaults.Hosting;
using EventSourced.ServiceDefaults.Postgres;

return await HostStart.RunAsync(async () =>
{
    var builder = HostStart.CreateBuilder(args);
    builder.AddServiceDefaults("workers", "http://127.0.0.1:0");
    await using var postgres = await builder.AddPostgresAsync(CancellationToken.None);
    var app = builder.Build();
    app.MapServiceDefaults();
    return await app.RunUntilStoppedAsync();
});
