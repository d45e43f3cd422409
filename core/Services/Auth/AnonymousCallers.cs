namespace Serverless.Services.Auth;

/// <summary>What negotiate does with callers who have no token, or whose tokens nobody could check since no issuer is configured.</summary>
public enum AnonymousCallers
{
    /// <summary>They are refused.</summary>
    Refused,

    /// <summary>They are let in without a user id.</summary>
    Nameless,

    /// <summary>They are let in, may do everything, and are who they say: for Development only.</summary>
    Named,
}
