using Microsoft.Extensions.Options;
using Serverless.FanOut.Lanes;

namespace Serverless.Hosting;

[OptionsValidator]
internal sealed partial class VolatileOptionsValidator : IValidateOptions<VolatileOptions>;
