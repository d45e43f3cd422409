namespace Serverless.SelfHost.Rest;

/// <summary>What stands in <c>x-ms-error-code</c>: level, scope and kind, as in Azure SignalR's answers. Contract, section 3.1.</summary>
internal static class ErrorCode
{
    public const string InvalidRequest = "Error.Request.Invalid";

    public const string Unauthorized = "Error.Request.Unauthorized";

    /// <summary>Joining a connection that isn't there: SDKs pass over it.</summary>
    public const string ConnectionNotExisted = "Error.Connection.NotExisted";

    /// <summary>The client answered with an error.</summary>
    public const string ConnectionFailed = "Error.Connection.Failed";

    /// <summary>SDKs take these, with 404 only, as "no".</summary>
    public const string NoConnection = "Warning.Connection.NotExisted";

    /// <inheritdoc cref="NoConnection"/>
    public const string NoUser = "Warning.User.NotExisted";

    /// <inheritdoc cref="NoConnection"/>
    public const string NoGroup = "Warning.Group.NotExisted";

    /// <inheritdoc cref="NoConnection"/>
    public const string UserNotInGroup = "Info.User.NotInGroup";

    /// <summary>The code of an error that has no closer one.</summary>
    public static string For(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => Unauthorized,
        StatusCodes.Status404NotFound => "Error.Request.NotExisted",
        StatusCodes.Status405MethodNotAllowed => "Error.Request.MethodNotAllowed",
        StatusCodes.Status408RequestTimeout or StatusCodes.Status504GatewayTimeout => "Error.Request.Timeout",
        StatusCodes.Status413PayloadTooLarge => "Error.Request.TooLarge",
        StatusCodes.Status415UnsupportedMediaType => "Error.Request.UnsupportedMediaType",
        StatusCodes.Status501NotImplemented => "Error.Request.NotSupported",
        StatusCodes.Status503ServiceUnavailable => "Error.Request.Unavailable",
        >= 400 and < 500 => InvalidRequest,
        _ => "Error.Request.Unknown",
    };
}
