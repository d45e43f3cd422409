using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json.Nodes;
using Serverless.Tests.Fixtures;

namespace Serverless.Tests.Infra.Container;

/// <summary>An image as a registry has it.</summary>
/// <param name="Config">The image's configuration.</param>
/// <param name="Files">The files of its own layer, which is all that lies on the base image.</param>
/// <param name="LayerBytes">That layer's size as it is stored and sent.</param>
internal sealed record PushedImage(JsonObject Config, IReadOnlyList<ImageFile> Files, long LayerBytes)
{
    /// <summary>The part of the configuration that says how a container is started.</summary>
    public JsonObject Start => Config["config"]!.AsObject();

    /// <exception cref="InvalidOperationException">It has other layers than the base's and one of its own.</exception>
    public static PushedImage Read(OciRegistry registry, string repository, string tag)
    {
        var manifest = JsonNode.Parse(registry.Pushed(repository, tag).Bytes)!;
        var config = JsonNode.Parse(registry.Blob(repository, Digest(manifest["config"]!)))!.AsObject();
        var layers = manifest["layers"]!.AsArray();
        if (layers.Count != 2 || config["rootfs"]!["diff_ids"]!.AsArray().Count != 2)
        {
            throw new InvalidOperationException($"The image has to have the base's layer and its own: {manifest}");
        }

        var layer = registry.Blob(repository, Digest(layers[1]!));
        return new(config, [.. FilesOf(layer)], layer.Length);
    }

    private static string Digest(JsonNode described) => described["digest"]!.GetValue<string>();

    private static IEnumerable<ImageFile> FilesOf(byte[] layer)
    {
        using var gzip = new GZipStream(new MemoryStream(layer), CompressionMode.Decompress);
        using var tar = new TarReader(gzip);
        while (tar.GetNextEntry(copyData: true) is { } entry)
        {
            if (entry.EntryType == TarEntryType.Directory)
            {
                continue;
            }

            using var content = new MemoryStream();
            entry.DataStream?.CopyTo(content);
            yield return new(entry.Name, entry.Mode, content.ToArray());
        }
    }
}
