using Microsoft.Playwright;
using Xunit;

namespace Serverless.Tests.Page;

/// <summary>Who is in the room, on the page.</summary>
public sealed class TogetherPageTests(ChromiumBrowser browser, ChatNode node) : IClassFixture<ChromiumBrowser>, IClassFixture<ChatNode>
{
    private const string Hide = "hidden => { Object.defineProperty(document, 'hidden', { get: () => hidden, configurable: true }); document.dispatchEvent(new Event('visibilitychange')); }";

    [Fact]
    public async Task People_JoinAndLeave_AreShownToAllInTheRoom()
    {
        await using var ada = await ChatWindow.JoinAsync(browser, node.Address, "lobby", "ada");
        await ada.ShowsPeopleAsync("ada you");
        await using var bob = await ChatWindow.JoinAsync(browser, node.Address, "lobby", "bob");
        await using var eve = await ChatWindow.JoinAsync(browser, node.Address, "garden", "eve");
        await ada.ShowsPeopleAsync("ada you", "bob here");
        await bob.ShowsPeopleAsync("ada here", "bob you");
        await eve.ShowsPeopleAsync("eve you");

        await bob.Page.GetByRole(AriaRole.Button, new() { Name = "Leave" }).ClickAsync();
        await ada.ShowsPeopleAsync("ada you");
        await bob.ShowsPeopleAsync();
        await using (var dan = await ChatWindow.JoinAsync(browser, node.Address, "lobby", "dan"))
        {
            await ada.ShowsPeopleAsync("ada you", "dan here");
        }

        await ada.ShowsPeopleAsync("ada you");
        Assert.Empty(ada.Faults.Concat(bob.Faults).Concat(eve.Faults));
    }

    [Fact]
    public async Task People_TwoWindowsOfOneUser_AreOneUntilBothAreGone()
    {
        await using var ada = await ChatWindow.JoinAsync(browser, node.Address, "study", "ada");
        await using var bob = await ChatWindow.JoinAsync(browser, node.Address, "study", "bob");
        await using (var second = await ChatWindow.JoinAsync(browser, node.Address, "study", "bob"))
        {
            await second.ShowsPeopleAsync("ada here", "bob you");
            await second.Page.EvaluateAsync(Hide, true);
            await second.SendAsync("from the second window");
            await ada.ShowsAsync("bob: from the second window");
            await ada.ShowsPeopleAsync("ada you", "bob here");
            await bob.Page.EvaluateAsync(Hide, true);
            await ada.ShowsPeopleAsync("ada you", "bob away");
        }

        await bob.Page.EvaluateAsync(Hide, false);
        await ada.ShowsPeopleAsync("ada you", "bob here");
    }

    [Fact]
    public async Task Rename_IsShownUnderTheNewNameOnly()
    {
        await using var ada = await ChatWindow.JoinAsync(browser, node.Address, "stairs", "ada");
        await using var bob = await ChatWindow.JoinAsync(browser, node.Address, "stairs", "bob");
        await bob.Page.GetByLabel("Your name").FillAsync("<b>rob");
        await bob.Page.GetByRole(AriaRole.Button, new() { Name = "Set" }).ClickAsync();
        await ada.ShowsPeopleAsync("<b>rob here", "ada you");
        await bob.ShowsPeopleAsync("<b>rob you", "ada here");
    }

    [Fact]
    public async Task Typing_IsShownUntilItIsSentOrErased()
    {
        await using var ada = await ChatWindow.JoinAsync(browser, node.Address, "porch", "ada");
        await using var bob = await ChatWindow.JoinAsync(browser, node.Address, "porch", "bob");
        await ada.ShowsPeopleAsync("ada you", "bob here");
        var typing = ada.Page.Locator("#typing");
        var field = bob.Page.GetByLabel("Message", new() { Exact = true });

        await field.FillAsync("Hel");
        await ChatWindow.UntilSeenAsync(
            async () => await typing.TextContentAsync() == "bob is writing …" && await ada.HasPeopleAsync("ada you", "bob writing"),
            again: async () =>
            {
                await field.FillAsync("");
                await field.FillAsync("Hel");
            });
        await field.FillAsync("");
        await Assertions.Expect(typing).ToHaveTextAsync("");
        await bob.SendAsync("Hello");
        await ada.ShowsAsync("bob: Hello");
        await Assertions.Expect(typing).ToHaveTextAsync("");
        await ada.ShowsPeopleAsync("ada you", "bob here");
    }

    [Fact]
    public async Task All_InTwoWindows_AreThereAtOnce()
    {
        const string Text = "Friday, in the garden\n\n- Ada brings the lamps\n- Bob cooks for twelve\n- a tent, should it rain\n\nWho asks the neighbours?";
        await using var ada = await ChatWindow.JoinAsync(browser, node.Address, "summer party", "ada");
        await using var bob = await ChatWindow.JoinAsync(browser, node.Address, "summer party", "bob", ColorScheme.Dark);
        await using var eve = await ChatWindow.JoinAsync(browser, node.Address, "summer party", "eve");
        await using var dan = await ChatWindow.JoinAsync(browser, node.Address, "summer party", "dan");
        await dan.Page.EvaluateAsync(Hide, true);
        await ada.SendAsync("Let's write down who does what.");
        await bob.ShowsAsync("ada: Let's write down who does what.");
        await bob.SendAsync("I cook! See the list.");
        await ada.ShowsAsync("ada: Let's write down who does what.", "bob: I cook! See the list.");
        await ada.WriteAsync(Text);
        await Assertions.Expect(bob.Paper).ToHaveValueAsync(Text);
        await ada.NotifyAsync("The shop closes at six", user: "bob", isAlert: true);
        await bob.NotifyAsync("Keys are under the mat", user: "ada");

        await Assertions.Expect(ada.Toasts).ToHaveCountAsync(1);
        await Assertions.Expect(bob.Alerts).ToHaveCountAsync(1);
        await ada.SelectAsync("Bob cooks");
        await bob.PlaceCaretAsync(Text.Length);
        var writing = eve.Page.GetByLabel("Message", new() { Exact = true });
        await writing.FillAsync("And I");
        // marks of writing and of editing end after some seconds: all of them at the same time
        await ChatWindow.UntilSeenAsync(
            async () => await ada.Carets.CountAsync() == 1
                && await bob.Page.Locator("#carets .range").First.IsVisibleAsync()
                && await ada.HasPeopleAsync("ada you", "bob editing", "dan away", "eve writing")
                && await bob.HasPeopleAsync("ada editing", "bob you", "dan away", "eve writing"),
            again: async () =>
            {
                await Task.WhenAll(ada.LeavePaperAsync(), bob.LeavePaperAsync(), writing.FillAsync(""));
                await ada.SelectAsync("Bob cooks");
                await bob.PlaceCaretAsync(Text.Length);
                await writing.FillAsync("And I");
            });
        await Screenshot.TakeIfWantedAsync("together.png", ada, bob);

        // read: other tests know these users too
        foreach (var window in new[] { ada, bob })
        {
            await window.Page.GetByRole(AriaRole.Button, new() { Name = "Dismiss", Exact = true }).ClickAsync();
            await Assertions.Expect(window.Page.Locator(".toast")).ToHaveCountAsync(0);
        }

        Assert.Empty(ada.Faults.Concat(bob.Faults).Concat(eve.Faults));
    }

    [Fact]
    public async Task Narrow_ShowsOnePaneAtATime()
    {
        await using var ada = await ChatWindow.JoinAsync(browser, node.Address, "closet", "ada");
        await ada.Page.SetViewportSizeAsync(390, 720);
        var paper = ada.Page.GetByLabel("The room's document");
        var text = ada.Page.GetByLabel("Message", new() { Exact = true });
        await Assertions.Expect(text).ToBeVisibleAsync();
        await Assertions.Expect(paper).ToBeHiddenAsync();
        var show = ada.Page.GetByRole(AriaRole.Button, new() { Name = "Together" });
        await show.ClickAsync();
        await Assertions.Expect(paper).ToBeVisibleAsync();
        await Assertions.Expect(text).ToBeHiddenAsync();
        await Assertions.Expect(show).ToHaveAttributeAsync("aria-pressed", "true");
        Assert.Equal(390, await ada.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        await ada.Page.GetByRole(AriaRole.Button, new() { Name = "Chat", Exact = true }).ClickAsync();
        await Assertions.Expect(text).ToBeVisibleAsync();
    }
}
