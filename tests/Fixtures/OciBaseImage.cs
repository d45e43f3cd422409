using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;

namespace Serverless.Tests.Fixtures;

/// <summary>A made-up base image for two platforms with one empty layer. Its user is root, so that an image on top has to name its own.</summary>
internal sealed class OciBaseImage
{
    public const string Repository = "base";
    public const string Tag = "1";

    private const string Config = "application/vnd.docker.container.image.v1+json";
    private const string Layer = "application/vnd.docker.image.rootfs.diff.tar.gzip";
    private const string Manifest = "application/vnd.docker.distribution.manifest.v2+json";
    private const string List = "application/vnd.docker.distribution.manifest.list.v2+json";

    private static readonly string[] Architectures = ["arm64", "amd64"];
    private static readonly string[] Variables = ["PATH=/usr/bin"];

    private readonly List<byte[]> _blobs = [];
    private readonly List<OciManifest> _manifests = [];

    public OciBaseImage()
    {
        var tar = EmptyTar();
        var layer = Described(Layer, Add(Zipped(tar)));
        object[] platforms =
        [
            .. Architectures.Select(architecture =>
            {
                var config = Described(Config, Add(Json(new
                {
                    architecture,
                    os = "linux",
                    config = new { Env = Variables, User = "0" },
                    rootfs = new { type = "layers", diff_ids = new[] { Digest(tar) } },
                    history = new[] { new { created_by = "nothing" } },
                })));
                var manifest = Json(new { schemaVersion = 2, mediaType = Manifest, config, layers = new[] { layer } });
                _manifests.Add(new(Manifest, manifest));
                return new { mediaType = Manifest, size = manifest.Length, digest = Digest(manifest), platform = new { architecture, os = "linux" } };
            }),
        ];
        Index = new(List, Json(new { schemaVersion = 2, mediaType = List, manifests = platforms }));
    }

    /// <summary>What the tag names: a list of manifests.</summary>
    public OciManifest Index { get; }

    public IReadOnlyList<OciManifest> Manifests => _manifests;

    public IReadOnlyList<byte[]> Blobs => _blobs;

    /// <summary>The name of these bytes.</summary>
    public static string Digest(byte[] bytes) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}";

    private static byte[] EmptyTar()
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, leaveOpen: true))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "etc/") { ModificationTime = DateTimeOffset.UnixEpoch });
        }

        return bytes.ToArray();
    }

    private static byte[] Zipped(byte[] bytes)
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return zipped.ToArray();
    }

    private static byte[] Json(object value) => JsonSerializer.SerializeToUtf8Bytes(value);

    private static object Described(string mediaType, byte[] bytes) => new { mediaType, size = bytes.Length, digest = Digest(bytes) };

    private byte[] Add(byte[] blob)
    {
        _blobs.Add(blob);
        return blob;
    }
}
