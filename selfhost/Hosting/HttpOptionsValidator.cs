using Microsoft.Extensions.Options;

namespace Serverless.SelfHost.Hosting;

[OptionsValidator]
internal sealed partial class HttpOptionsValidator : IValidateOptions<HttpOptions>;
