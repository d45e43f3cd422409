using Serverless.Tests.Fixtures;

namespace Serverless.Tests.Page;

/// <summary>Pictures for the documentation, taken only when <c>SERVERLESS_SCREENSHOTS</c> is set: a test run leaves the tree as it was.</summary>
internal static class Screenshot
{
    /// <summary>Windows side by side, as <c>docs/images/</c><paramref name="name"/>.</summary>
    public static async Task TakeIfWantedAsync(string name, params ChatWindow[] windows)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("SERVERLESS_SCREENSHOTS")))
        {
            return;
        }

        var images = "";
        foreach (var window in windows)
        {
            var png = await window.Page.ScreenshotAsync();
            images += $"<img src='data:image/png;base64,{Convert.ToBase64String(png)}'>";
        }

        var sheet = await windows[0].Page.Context.NewPageAsync();
        await sheet.SetViewportSizeAsync((900 * windows.Length) + 20 + (20 * windows.Length), 720);
        await sheet.SetContentAsync(
            $"<body style='margin:0;padding:20px;display:flex;gap:20px;background:#9aa0b8'><style>img{{border-radius:10px}}</style>{images}");
        await sheet.ScreenshotAsync(new() { Path = Repository.PathOf("docs", "images", name) });
        await sheet.CloseAsync();
    }
}
