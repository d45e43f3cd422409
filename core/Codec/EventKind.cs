namespace Serverless.Codec;

/// <summary>The kinds of events in a frame. The numbers are stored: never change or reuse one.</summary>
internal enum EventKind
{
    Opened = 1,
    Closed = 2,
    Joined = 3,
    Left = 4,
    Message = 5,
    Presence = 6,
    LeftAll = 7,
    Close = 8,
    Completed = 9,
    StreamItem = 10,
    StreamEnd = 11,
    Document = 12,
    Notification = 13,
    NotificationsRead = 14,
}
