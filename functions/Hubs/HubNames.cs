namespace Serverless.Functions.Hubs;

/// <summary>The hubs that the triggers of this app serve. A trigger's hub is fixed when the app is built: rename it here.</summary>
public static class HubNames
{
    /// <summary>The hub of the sample clients.</summary>
    public const string Chat = "chat";
}
