using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Serverless.Hosting;

namespace Serverless.SelfHost.Hosting;

/// <summary>
/// Reads all options of the node, and tells all their faults at once, by the names that the settings have in configuration.
/// The host's own check stops at the first value that it can't convert.
/// </summary>
internal static partial class OptionsFaults
{
    /// <summary>Made before the host is built, since that reads the server's limits already.</summary>
    /// <param name="registered">The node's services.</param>
    /// <param name="configuration">The node's. It is handed in, since the services made here would end it with them, and with it the watch over its files.</param>
    /// <exception cref="StartException">At least one setting is wrong.</exception>
    public static void ThrowIfAny(IServiceCollection registered, IConfiguration configuration)
    {
        using var services = new ServiceCollection().Add(registered).AddSingleton(configuration).BuildServiceProvider();
        var faults = registered
            .Select(service => OptionsOf(service.ServiceType))
            .OfType<Type>()
            .Distinct()
            .SelectMany(options => Read(options, services))
            .Order(StringComparer.Ordinal)
            .ToList();
        if (faults.Count > 0)
        {
            throw new StartException(string.Join(Environment.NewLine, faults.Select(fault => $"- {fault}")));
        }
    }

    private static Type? OptionsOf(Type service) =>
        service.IsConstructedGenericType
        && service.GetGenericTypeDefinition() is var definition
        && (definition == typeof(IConfigureOptions<>) || definition == typeof(IValidateOptions<>))
        && service.GenericTypeArguments[0] is { Namespace: { } space } options
        && space.StartsWith(nameof(Serverless), StringComparison.Ordinal)
            ? options
            : null;

    private static IEnumerable<string> Read(Type options, IServiceProvider services)
    {
        try
        {
            var accessor = (IOptions<object>)services.GetRequiredService(typeof(IOptions<>).MakeGenericType(options));
            _ = accessor.Value;
            return [];
        }
        catch (OptionsValidationException fault)
        {
            var root = services.GetRequiredService<IConfiguration>().GetSection(CoreServices.Section);
            return fault.Failures.Select(failure => Name(failure, options, root));
        }
        catch (InvalidOperationException fault)
        {
            // a value that isn't of the setting's type; the message names the setting and quotes the value
            return [fault.Message];
        }
    }

    /// <summary>"Linger: The field BatchingOptions.Linger must be …" becomes "Serverless:Batching:Linger must be …".</summary>
    private static string Name(string failure, Type options, IConfiguration root) =>
        Generated().Replace(failure, found =>
        {
            var member = found.Groups["member"].Value;
            var subject = options.Name.Replace("Options", "", StringComparison.Ordinal);
            // ConnectionOptions stand in "Connections": the section that has the faulty value knows
            var section = root.GetChildren().FirstOrDefault(
                child => child.Key.StartsWith(subject, StringComparison.OrdinalIgnoreCase) && child.GetSection(member).Exists());
            return $"{CoreServices.Section}:{section?.Key ?? subject}:{member}";
        });

    [GeneratedRegex(@"\A(\w+: )?(The field |The )?\w+Options\.(?<member>\w+)")]
    private static partial Regex Generated();
}
