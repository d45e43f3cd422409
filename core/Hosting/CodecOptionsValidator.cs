using Microsoft.Extensions.Options;
using Serverless.Codec;

namespace Serverless.Hosting;

[OptionsValidator]
internal sealed partial class CodecOptionsValidator : IValidateOptions<CodecOptions>;
