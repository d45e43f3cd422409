using Microsoft.Extensions.Options;
using Serverless.FanOut.AzureSignalR;

namespace Serverless.Hosting;

[OptionsValidator]
internal sealed partial class AzureSignalROptionsValidator : IValidateOptions<AzureSignalROptions>;
