using Microsoft.Extensions.Options;

namespace Serverless.SelfHost.Hosting;

internal sealed class NodeOptionsValidator : IValidateOptions<NodeOptions>
{
    public ValidateOptionsResult Validate(string? name, NodeOptions options) =>
        options.PublicEndpoint is { } endpoint
        && !(endpoint.IsAbsoluteUri && endpoint.Scheme is "http" or "https" && endpoint.Query.Length == 0 && endpoint.Fragment.Length == 0)
            ? ValidateOptionsResult.Fail("Serverless:Node:PublicEndpoint must be an absolute http or https address without a query, such as https://realtime.example.com.")
            : ValidateOptionsResult.Success;
}
