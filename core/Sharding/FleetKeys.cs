using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Serverless.Sharding;

/// <summary>Reads <c>Serverless:Fleet:Keys</c> when it is one text: a vault has one secret for all, and App Service lets no dash, as names of shards have it, into a setting's name.</summary>
internal static class FleetKeys
{
    /// <summary>Adds the keys of such a text to the settings.</summary>
    /// <param name="settings">The fleet's.</param>
    /// <param name="text">A JSON object, the key by the shard's name; null or empty for none.</param>
    /// <exception cref="OptionsValidationException">It is something else. The message doesn't show it.</exception>
    public static void Add(FleetOptions settings, string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return;
        }

        foreach (var (shard, key) in Parse(text) ?? throw new OptionsValidationException(
            Options.DefaultName,
            typeof(FleetOptions),
            ["Serverless:Fleet:Keys is one text, but not a JSON object of texts, {\"<shard>\":\"<access key>\"}, each name once."]))
        {
            settings.Keys[shard] = key;
        }
    }

    private static Dictionary<string, string>? Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new() { AllowDuplicateProperties = false });
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.EnumerateObject().All(pair => pair.Value.ValueKind == JsonValueKind.String)
                ? document.RootElement.EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetString()!)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
