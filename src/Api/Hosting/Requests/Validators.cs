using FluentValidation;

namespace EventSourced.Api.Hosting.Requests;

internal static class Validators
{
    /// <summary>Every validator of this host, for <see cref="Body{T}"/>.</summary>
    public static IServiceCollection AddRequestValidators(this IServiceCollection services)
    {
        foreach (var scan in AssemblyScanner.FindValidatorsInAssembly(typeof(Validators).Assembly, includeInternalTypes: true))
            services.AddSingleton(scan.InterfaceType, scan.ValidatorType);

        return services;
    }
}
