using Microsoft.Extensions.Options;

namespace Serverless.SelfHost.Peers;

internal sealed class PeerOptionsValidator : IValidateOptions<PeerOptions>
{
    public ValidateOptionsResult Validate(string? name, PeerOptions options) =>
        options.Address is null or { IsAbsoluteUri: true, Scheme: "http" or "https" }
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail("Serverless:Peers:Address must be an absolute http or https address, such as http://10.0.0.5:8888.");
}
