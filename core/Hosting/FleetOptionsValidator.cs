using Microsoft.Extensions.Options;
using Serverless.Sharding;

namespace Serverless.Hosting;

[OptionsValidator]
internal sealed partial class FleetOptionsValidator : IValidateOptions<FleetOptions>;
