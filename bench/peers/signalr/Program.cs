using Serverless.Bench.SignalRPeer;

// ASP.NET Core SignalR as it comes: --urls <url> [--redis host:port]; only the log is less talkative
var builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
var signalR = builder.Services.AddSignalR();
if (builder.Configuration["redis"] is { Length: > 0 } redis)
{
    signalR.AddStackExchangeRedis(redis);
}

var app = builder.Build();
app.MapHub<BenchHub>("/hub");
await app.RunAsync();
