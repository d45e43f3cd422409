namespace Serverless.SelfHost.Security;

internal sealed partial class AccessKeys
{
    private static partial class Log
    {
        [LoggerMessage(2010, LogLevel.Information, "The access keys changed; {Count} are in force.")]
        public static partial void Changed(ILogger logger, int count);

        [LoggerMessage(2011, LogLevel.Error, "The access keys changed to ones that can't be used; those before them stay in force. {Faults}")]
        public static partial void Refused(ILogger logger, string faults);
    }
}
