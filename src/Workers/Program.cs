using EventSourced.ServiceDefaults.Hosting;
using EventSourced.Workers.Commands;

return await HostStart.RunAsync(cancellation => WorkersCommands.RunAsync(args, cancellation));
