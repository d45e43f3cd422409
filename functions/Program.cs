using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;
using Serverless.Functions.Hosting;
using Serverless.Hosting;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.UseMiddleware<InFlight>();
builder.UseMiddleware<CallFaults>();
builder.AddFunctionSettings();
builder.Services.AddServerlessCore();
builder.Services.AddServerlessServices();
builder.Services.AddServerlessAuth();
builder.Services.AddServerlessAzureSignalR();
builder.Services.AddFunctionServices();
builder.AddTelemetry();
builder.Build().Run();
