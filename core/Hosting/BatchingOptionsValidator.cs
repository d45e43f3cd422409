using Microsoft.Extensions.Options;
using Serverless.Batching;

namespace Serverless.Hosting;

[OptionsValidator]
internal sealed partial class BatchingOptionsValidator : IValidateOptions<BatchingOptions>;
