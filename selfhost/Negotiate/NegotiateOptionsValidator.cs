using Microsoft.Extensions.Options;

namespace Serverless.SelfHost.Negotiate;

[OptionsValidator]
internal sealed partial class NegotiateOptionsValidator : IValidateOptions<NegotiateOptions>;
