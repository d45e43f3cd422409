using Microsoft.Playwright;

namespace Serverless.Tests.Page;

/// <summary>The chat page in a window of its own, and what went wrong in it.</summary>
internal sealed class ChatWindow : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _faults = [];

    private ChatWindow(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.PageError += (_, error) => _faults.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                _faults.Add($"{message.Text} {message.Location}");
            }
        };
    }

    public IPage Page { get; }

    /// <summary>Uncaught errors, and what the browser refused.</summary>
    public IReadOnlyList<string> Faults => _faults;

    public ILocator Messages => Page.GetByRole(AriaRole.Log).GetByRole(AriaRole.Listitem);

    public ILocator State => Page.Locator("#state");

    public ILocator Error => Page.Locator("#error");

    public static async Task<ChatWindow> OpenAsync(ChromiumBrowser browser, string address, ColorScheme scheme = ColorScheme.Light)
    {
        var context = await browser.OpenAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = 900, Height = 680 } });
        var window = new ChatWindow(context, await context.NewPageAsync());
        await window.Page.GotoAsync(address);
        return window;
    }

    /// <summary>Opens a room under a name, and waits until it is connected.</summary>
    public static async Task<ChatWindow> JoinAsync(ChromiumBrowser browser, Uri node, string room, string name, ColorScheme scheme = ColorScheme.Light)
    {
        var window = await OpenAsync(browser, $"{node}#room={Uri.EscapeDataString(room)}&name={Uri.EscapeDataString(name)}", scheme);
        await Assertions.Expect(window.State).ToHaveTextAsync($"connected as {name}");
        return window;
    }

    public async Task SendAsync(string text)
    {
        var field = Page.GetByLabel("Message", new() { Exact = true });
        await field.FillAsync(text);
        await field.PressAsync("Enter");
    }

    /// <summary>Waits until the window shows just these messages, in this order: each as <c>name: text</c>, none waiting to be sent.</summary>
    public async Task ShowsAsync(params string[] messages)
    {
        await Assertions.Expect(Messages).ToHaveCountAsync(messages.Length);
        await Assertions.Expect(Messages.Locator("b")).ToHaveTextAsync(messages.Select(message => message.Split(": ", 2)[0]));
        await Assertions.Expect(Messages.Locator(".text")).ToHaveTextAsync(messages.Select(message => message.Split(": ", 2)[1]));
        await Assertions.Expect(Page.Locator(".pending, .failed")).ToHaveCountAsync(0);
    }

    public async ValueTask DisposeAsync() => await _context.CloseAsync();
}
