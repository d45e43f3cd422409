using Microsoft.Extensions.Options;
using Serverless.Services.Presence;

namespace Serverless.Hosting;

[OptionsValidator]
internal sealed partial class PresenceOptionsValidator : IValidateOptions<PresenceOptions>;
