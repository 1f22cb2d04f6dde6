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
root.SetAction((_, cancellation) => ServeAsync(cancellation));
var asked = root.Parse(args);
var settings = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
var exitCode = await HostStart.RunAsync(cancellation => asked.InvokeAsync(settings, cancellation));
return asked.Errors is [] ? exitCode : HostStart.WrongUsage;

async Task<int> ServeAsync(CancellationToken cancellation)
{
    var builder = HostStart.CreateBuilder(args);
    builder.AddServiceDefaults("api", "http://127.0.0.1:8080");
    await using var postgres = await builder.AddPostgresAsync(cancellation);
    builder.Services.AddStoreAndBus().AddSecrets();
    builder.AddHosting();
    builder.Services.AddAccounts().AddAudit().AddPackages();

    var app = builder.Build();
    app.UseHosting();
    app.MapServiceDefaults();
    app.MapAccounts().MapAudit().MapPackages();
    return await app.RunUntilStoppedAsync(cancellation);
}
