using System.Text;
using Microsoft.Extensions.Options;

namespace Serverless.SelfHost.Security;

/// <summary>Gives the development key where it counts, and refuses keys that protect nothing.</summary>
internal sealed class KeyRules(ListenAddresses addresses, IHostEnvironment environment) : IPostConfigureOptions<KeyOptions>, IValidateOptions<KeyOptions>
{
    private const int MinBytes = 32;

    private const string Primary = "Serverless:Keys:Primary";

    private const string WhatToSet =
        "Set it to a secret of at least 32 bytes (openssl rand -base64 48), for example in the environment variable Serverless__Keys__Primary.";

    public void PostConfigure(string? name, KeyOptions options)
    {
        if (string.IsNullOrEmpty(options.Primary) && IsDevelopmentKeyAllowed)
        {
            options.Primary = DevelopmentKey.Value;
        }
    }

    public ValidateOptionsResult Validate(string? name, KeyOptions options)
    {
        var faults = new List<string>();
        if (string.IsNullOrEmpty(options.Primary))
        {
            faults.Add($"{Primary} is not set, and {WhyNoDevelopmentKey}. {WhatToSet}");
        }

        Check(options.Primary, Primary, faults);
        Check(options.Secondary, "Serverless:Keys:Secondary", faults);
        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }

    private bool IsDevelopmentKeyAllowed => environment.IsDevelopment() && addresses.FirstNotLoopback is null;

    private string WhyNoDevelopmentKey => environment.IsDevelopment()
        ? $"the development key counts on loopback addresses only, which {addresses.FirstNotLoopback} isn't"
        : $"the development key counts in Development only (this is {environment.EnvironmentName})";

    private void Check(string? key, string setting, List<string> faults)
    {
        if (string.IsNullOrEmpty(key))
        {
            return;
        }

        if (key == DevelopmentKey.Value && !IsDevelopmentKeyAllowed)
        {
            faults.Add($"{setting} is the development key, which everybody knows: {WhyNoDevelopmentKey}. {WhatToSet}");
        }
        else if (Encoding.UTF8.GetByteCount(key) < MinBytes && !IsDevelopmentKeyAllowed)
        {
            faults.Add($"{setting} has fewer than {MinBytes} bytes. {WhatToSet}");
        }

        if (key.Contains(';', StringComparison.Ordinal) || key.Trim() != key)
        {
            faults.Add($"{setting} has a semicolon, or white space at an end: no connection string can hold it.");
        }
    }
}
