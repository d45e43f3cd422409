using Microsoft.Extensions.Options;

namespace Serverless.SelfHost.Aws;

[OptionsValidator]
internal sealed partial class AwsOptionsValidator : IValidateOptions<AwsOptions>;
