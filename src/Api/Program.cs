using System.CommandLine;
using EventSourced.Api.Accounts;
using EventSourced.Api.Audit;
using EventSourced.Api.Hosting;
using EventSourced.Api.Packages;
using EventSourced.ServiceDefaults;
using EventSourced.ServiceDefaults.Hosting;
using EventSourced.ServiceDefaults.Postgres;
using EventSourced.ServiceDefaults.Secrets;

var root = new RootCommand("Serves the HTTP API. Every setting is also an option: --Urls=http://127.0.0.1:9090 --Data:Path=DIR.") { TokenCommand.Create(args) };
root.TreatUnmatchedTokensAsErrors = false;
root.SetAction((_, _) => HostStart.RunAsync(ServeAsync));
var asked = root.Parse(args);
var exitCode = await asked.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
return asked.Errors is [] ? exitCode : HostStart.WrongUsage;

async Task<int> ServeAsync()
{
    var builder = HostStart.CreateBuilder(args);
    builder.AddServiceDefaults("api", "http://127.0.0.1:8080");
    await using var postgres = await builder.AddPostgresAsync(CancellationToken.None);
    builder.Services.AddStoreAndBus().AddSecrets();
    builder.AddHosting();
    builder.Services.AddAccounts().AddAudit().AddPackages();

    var app = builder.Build();
    app.UseHosting();
    app.MapServiceDefaults();
    app.MapAccounts().MapAudit().MapPackages();
    return await app.RunUntilStoppedAsync();
}
