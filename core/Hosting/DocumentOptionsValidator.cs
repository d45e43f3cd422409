using Microsoft.Extensions.Options;
using Serverless.Services.Documents;

namespace Serverless.Hosting;

[OptionsValidator]
internal sealed partial class DocumentOptionsValidator : IValidateOptions<DocumentOptions>;
