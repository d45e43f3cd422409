using Microsoft.Extensions.Options;
using Serverless.Log;

namespace Serverless.Hosting;

[OptionsValidator]
internal sealed partial class LogOptionsValidator : IValidateOptions<LogOptions>;
