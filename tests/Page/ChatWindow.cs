using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Playwright;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Page;

/// <summary>The chat page in a window of its own, and what went wrong in it.</summary>
internal sealed class ChatWindow : IAsyncDisposable
{
    /// <summary>Where another's caret stands is measured by the font, not by the page's own copy of the layout.</summary>
    private const string CaretScript = """
        ([line, before]) => {
          const field = document.querySelector('textarea#paper');
          const caret = document.querySelector('#carets .caret');
          if (!caret) return false;
          const style = getComputedStyle(field);
          const measure = document.createElement('canvas').getContext('2d');
          measure.font = style.font;
          const box = field.getBoundingClientRect();
          const at = caret.getBoundingClientRect();
          const left = box.left + parseFloat(style.paddingLeft) + measure.measureText(before).width;
          const middle = box.top + parseFloat(style.paddingTop) + (line + 0.5) * parseFloat(style.lineHeight) - field.scrollTop;
          return Math.abs(at.left - left) < 3 && Math.abs((at.top + at.bottom) / 2 - middle) < 3;
        }
        """;

    private static readonly TimeSpan Lost = TimeSpan.FromSeconds(1);

    private readonly IBrowserContext _context;
    // the browser tells of them while a test reads
    private readonly ConcurrentQueue<string> _faults = [];

    private ChatWindow(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.PageError += (_, error) => _faults.Enqueue(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                _faults.Enqueue($"{message.Text} {message.Location}");
            }
        };
    }

    public IPage Page { get; }

    /// <summary>Uncaught errors, and what the browser refused.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    public ILocator Messages => Page.GetByRole(AriaRole.Log).GetByRole(AriaRole.Listitem);

    public ILocator State => Page.Locator("#state");

    public ILocator Error => Page.Locator("#error");

    public ILocator Paper => Page.GetByLabel("The room's document");

    public ILocator PaperState => Page.Locator("#paper-state");

    /// <summary>Of the others, in the document.</summary>
    public ILocator Carets => Page.Locator("#carets .caret");

    private ILocator People => Page.GetByRole(AriaRole.List, new() { Name = "In this room" }).Locator(".names");

    public ILocator Toasts => Page.Locator("#toasts .toast");

    public ILocator Alerts => Page.Locator("#alerts .toast");

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

    /// <summary>Waits until windows show what may be lost on its way to them, a caret's move or a mark of writing; each second without it, it is done again.</summary>
    /// <param name="isSeen">Whether they show all of it now.</param>
    /// <param name="again">Does it again: something else first, since a page tells nothing twice.</param>
    public static Task UntilSeenAsync(Func<Task<bool>> isSeen, Func<Task> again)
    {
        var since = Stopwatch.StartNew();
        return Wait.UntilAsync(
            async () =>
            {
                if (await isSeen())
                {
                    return true;
                }

                if (since.Elapsed > Lost)
                {
                    await again();
                    since.Restart();
                }

                return false;
            },
            "The windows don't show it.");
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

    /// <summary>Waits until just these are in the room: each as <c>name what</c>, where what is you, here, away, writing or editing.</summary>
    public Task ShowsPeopleAsync(params string[] people) => Assertions.Expect(People).ToHaveTextAsync(people);

    /// <summary>Whether just these are in the room, now.</summary>
    public async Task<bool> HasPeopleAsync(params string[] people) => people.SequenceEqual(await People.AllTextContentsAsync());

    public async Task GoAsync(string room)
    {
        await Page.GetByLabel("Join or create a room").FillAsync(room);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Join" }).ClickAsync();
        await Assertions.Expect(Page.Locator("#room-title")).ToHaveTextAsync(room);
    }

    /// <summary>Notifies a user, or all in the room; done when the page has sent it.</summary>
    public async Task NotifyAsync(string text, string? user = null, bool isAlert = false)
    {
        await Page.GetByLabel("Whom").SelectOptionAsync(user is null ? "room" : "user");
        if (user is not null)
        {
            await Page.GetByLabel("Which user").FillAsync(user);
        }

        await Page.GetByLabel("as an alert").SetCheckedAsync(isAlert);
        var field = Page.GetByLabel("Notify", new() { Exact = true });
        await field.FillAsync(text);
        await field.PressAsync("Enter");
        await Assertions.Expect(field).ToHaveValueAsync("");
    }

    /// <summary>Replaces the whole document.</summary>
    public async Task WriteAsync(string text)
    {
        await Assertions.Expect(Paper).ToBeEditableAsync();
        await Paper.FillAsync(text);
    }

    /// <summary>Sets the focus into the document, and the caret in front of a character.</summary>
    public async Task PlaceCaretAsync(int index)
    {
        await Assertions.Expect(Paper).ToBeEditableAsync();
        await Paper.EvaluateAsync("(field, index) => { field.focus(); field.setSelectionRange(index, index); }", index);
    }

    /// <summary>Takes the focus out of the document, which the others are told of, and sets the caret again.</summary>
    public async Task PlaceCaretAgainAsync(int index)
    {
        await LeavePaperAsync();
        await PlaceCaretAsync(index);
    }

    /// <summary>Takes the focus out of the document for as long as it takes until the others are told.</summary>
    public async Task LeavePaperAsync()
    {
        await Paper.BlurAsync();
        await Task.Delay(300, TestContext.Current.CancellationToken);
    }

    /// <summary>Sets the focus into the document, and selects words of it.</summary>
    public Task SelectAsync(string words) => Paper.EvaluateAsync(
        "(field, words) => { const at = field.value.indexOf(words); field.focus(); field.setSelectionRange(at, at + words.length); }", words);

    public Task IsSavedAsync() => Assertions.Expect(PaperState).ToHaveTextAsync("Saved");

    /// <summary>Waits until another's caret stands in a line, behind a text in it.</summary>
    public Task ShowsCaretAsync(int line, string before) => Page.WaitForFunctionAsync(CaretScript, new object[] { line, before }, new() { Timeout = 20_000 });

    /// <summary>Whether another's caret stands there, now.</summary>
    public Task<bool> HasCaretAsync(int line, string before) => Page.EvaluateAsync<bool>(CaretScript, new object[] { line, before });

    public async ValueTask DisposeAsync() => await _context.CloseAsync();
}
