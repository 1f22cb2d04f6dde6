using EventSourced.ServiceDefaults.Hosting;
using EventSourced.Workers.Commands;

return await HostStart.RunAsync(() => WorkersCommands.RunAsync(args));
