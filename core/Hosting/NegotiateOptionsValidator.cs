using Microsoft.Extensions.Options;
using Serverless.Services.Auth;

namespace Serverless.Hosting;

[OptionsValidator]
internal sealed partial class NegotiateOptionsValidator : IValidateOptions<NegotiateOptions>;
