using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Serverless.Tests.Fixtures;

/// <summary>
/// A registry of images on loopback over plain HTTP: pull, mount, uploads in pieces and push of OCI Distribution 1.1. It has <see cref="OciBaseImage"/>, and keeps in memory
/// what is pushed. As strict as real ones: a blob's digest has to be right, and a manifest may name only what its repository has.
/// </summary>
internal sealed class OciRegistry : IAsyncDisposable
{
    private const long MaxPiece = 256 << 20;

    private readonly ConcurrentDictionary<(string Repository, string Digest), byte[]> _blobs = [];
    private readonly ConcurrentDictionary<(string Repository, string Reference), OciManifest> _manifests = [];
    private readonly ConcurrentDictionary<string, byte[]> _uploads = [];
    private readonly WebApplication _app;

    private OciRegistry()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = MaxPiece;
        });
        _app = builder.Build();
        _app.MapMethods("/v2/{repository}/manifests/{reference}", ["GET", "HEAD"], (string repository, string reference) => Manifest(repository, reference));
        _app.MapPut("/v2/{repository}/manifests/{reference}", PutManifestAsync);
        _app.MapMethods("/v2/{repository}/blobs/{digest}", ["GET", "HEAD"], (string repository, string digest) =>
            _blobs.TryGetValue((repository, digest), out var blob) ? Results.Bytes(blob) : Results.NotFound());
        _app.MapPost("/v2/{repository}/blobs/uploads", (string repository, string? mount, string? from) => BeginUpload(repository, mount, from));
        _app.MapPatch("/v2/{repository}/blobs/uploads/{id}", ContinueUploadAsync);
        _app.MapPut("/v2/{repository}/blobs/uploads/{id}", EndUploadAsync);
    }

    /// <summary>What names of images begin with: <c>localhost:port</c>, which the SDK speaks HTTP to.</summary>
    public string Host { get; private set; } = "";

    /// <summary>The name of the base image, with its tag.</summary>
    public string BaseImage => $"{Host}/{OciBaseImage.Repository}:{OciBaseImage.Tag}";

    public static async Task<OciRegistry> StartAsync()
    {
        var registry = new OciRegistry();
        var image = new OciBaseImage();
        foreach (var blob in image.Blobs)
        {
            registry._blobs[(OciBaseImage.Repository, OciBaseImage.Digest(blob))] = blob;
        }

        foreach (var manifest in image.Manifests)
        {
            registry.Keep(OciBaseImage.Repository, OciBaseImage.Digest(manifest.Bytes), manifest);
        }

        registry.Keep(OciBaseImage.Repository, OciBaseImage.Tag, image.Index);
        await registry._app.StartAsync();
        var address = registry._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        registry.Host = $"localhost:{new Uri(address).Port}";
        return registry;
    }

    /// <summary>A pushed manifest.</summary>
    /// <exception cref="KeyNotFoundException">Nobody pushed it.</exception>
    public OciManifest Pushed(string repository, string tag) => _manifests[(repository, tag)];

    /// <summary>A pushed or mounted blob.</summary>
    /// <exception cref="KeyNotFoundException">Nobody pushed it.</exception>
    public byte[] Blob(string repository, string digest) => _blobs[(repository, digest)];

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task<byte[]> BodyAsync(HttpRequest request)
    {
        using var bytes = new MemoryStream();
        await request.Body.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    private static IResult Refused(string code) => Results.Json(new { errors = new[] { new { code } } }, statusCode: StatusCodes.Status400BadRequest);

    private void Keep(string repository, string reference, OciManifest manifest)
    {
        _manifests[(repository, reference)] = manifest;
        _manifests[(repository, OciBaseImage.Digest(manifest.Bytes))] = manifest;
    }

    private IResult Manifest(string repository, string reference) =>
        _manifests.TryGetValue((repository, reference), out var manifest) ? Results.Bytes(manifest.Bytes, manifest.MediaType) : Results.NotFound();

    private async Task<IResult> PutManifestAsync(string repository, string reference, HttpRequest request)
    {
        var bytes = await BodyAsync(request);
        using var manifest = JsonDocument.Parse(bytes);
        var named = manifest.RootElement.GetProperty("layers").EnumerateArray().Append(manifest.RootElement.GetProperty("config"));
        if (named.Any(each => !_blobs.TryGetValue((repository, each.GetProperty("digest").GetString()!), out var blob) || blob.Length != each.GetProperty("size").GetInt64()))
        {
            return Refused("MANIFEST_BLOB_UNKNOWN");
        }

        Keep(repository, reference, new(request.ContentType!, bytes));
        return Results.Created($"/v2/{repository}/manifests/{reference}", null);
    }

    private IResult BeginUpload(string repository, string? mount, string? from)
    {
        if (mount is not null && from is not null && _blobs.TryGetValue((from, mount), out var blob))
        {
            _blobs[(repository, mount)] = blob;
            return Results.Created($"/v2/{repository}/blobs/{mount}", null);
        }

        var id = $"{Guid.NewGuid():N}";
        _uploads[id] = [];
        return Results.Accepted($"/v2/{repository}/blobs/uploads/{id}");
    }

    private async Task<IResult> ContinueUploadAsync(string repository, string id, HttpContext http)
    {
        if (!_uploads.TryGetValue(id, out var before))
        {
            return Results.NotFound();
        }

        _uploads[id] = [.. before, .. await BodyAsync(http.Request)];
        http.Response.Headers.Range = $"0-{_uploads[id].Length - 1}";
        return Results.Accepted($"/v2/{repository}/blobs/uploads/{id}");
    }

    private async Task<IResult> EndUploadAsync(string repository, string id, string digest, HttpRequest request)
    {
        if (!_uploads.TryRemove(id, out var before))
        {
            return Results.NotFound();
        }

        byte[] blob = [.. before, .. await BodyAsync(request)];
        if (OciBaseImage.Digest(blob) != digest)
        {
            return Refused("DIGEST_INVALID");
        }

        _blobs[(repository, digest)] = blob;
        return Results.Created($"/v2/{repository}/blobs/{digest}", null);
    }
}
