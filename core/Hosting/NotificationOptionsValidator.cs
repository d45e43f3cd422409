using Microsoft.Extensions.Options;
using Serverless.Services.Notifications;

namespace Serverless.Hosting;

[OptionsValidator]
internal sealed partial class NotificationOptionsValidator : IValidateOptions<NotificationOptions>;
