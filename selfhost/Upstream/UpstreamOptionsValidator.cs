using Microsoft.Extensions.Options;

namespace Serverless.SelfHost.Upstream;

[OptionsValidator]
internal sealed partial class UpstreamOptionsValidator : IValidateOptions<UpstreamOptions>;
