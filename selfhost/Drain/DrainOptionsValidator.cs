using Microsoft.Extensions.Options;

namespace Serverless.SelfHost.Drain;

[OptionsValidator]
internal sealed partial class DrainOptionsValidator : IValidateOptions<DrainOptions>;
