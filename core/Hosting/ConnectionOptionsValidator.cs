using Microsoft.Extensions.Options;
using Serverless.Connections;

namespace Serverless.Hosting;

[OptionsValidator]
internal sealed partial class ConnectionOptionsValidator : IValidateOptions<ConnectionOptions>;
