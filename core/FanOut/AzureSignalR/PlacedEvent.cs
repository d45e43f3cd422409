using Serverless.Events;
using Serverless.Log;

namespace Serverless.FanOut.AzureSignalR;

/// <summary>An event, and where it stands.</summary>
internal readonly record struct PlacedEvent(Event Value, Position At);
