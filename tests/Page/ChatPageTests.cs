using Microsoft.Playwright;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Page;

/// <summary>The chat page in a real browser, on a real node.</summary>
public sealed class ChatPageTests(ChromiumBrowser browser, ChatNode node) : IClassFixture<ChromiumBrowser>, IClassFixture<ChatNode>
{
    [Fact]
    public async Task Send_TwoWindowsInOneRoom_BothShowItAndOtherRoomsDont()
    {
        await using var ada = await ChatWindow.JoinAsync(browser, node.Address, "lobby", "ada");
        await using var bob = await ChatWindow.JoinAsync(browser, node.Address, "lobby", "bob", ColorScheme.Dark);
        await using var eve = await ChatWindow.JoinAsync(browser, node.Address, "garden", "eve");

        await ada.SendAsync("Hello Bob");
        await bob.ShowsAsync("ada: Hello Bob");
        await bob.SendAsync("Hello Ada! Where does this message go?");
        await ada.ShowsAsync("ada: Hello Bob", "bob: Hello Ada! Where does this message go?");
        await ada.SendAsync("Into the log first, then to both of us.");
        string[] all = ["ada: Hello Bob", "bob: Hello Ada! Where does this message go?", "ada: Into the log first, then to both of us."];
        await ada.ShowsAsync(all);
        await bob.ShowsAsync(all);

        // what the garden is sent after all that is the first thing that it shows
        await eve.SendAsync("Anybody here?");
        await eve.ShowsAsync("eve: Anybody here?");
        Assert.Empty(ada.Faults.Concat(bob.Faults).Concat(eve.Faults));
        await Screenshot.TakeIfWantedAsync("chat.png", ada, bob);
    }

    [Fact]
    public async Task Reload_AfterMessages_ShowsHistoryWithoutDuplicates()
    {
        await using var ada = await ChatWindow.JoinAsync(browser, node.Address, "attic", "ada");
        await using var bob = await ChatWindow.JoinAsync(browser, node.Address, "attic", "bob");
        await ada.SendAsync("one");
        await bob.ShowsAsync("ada: one");
        await bob.SendAsync("two");
        await ada.ShowsAsync("ada: one", "bob: two");

        await ada.Page.ReloadAsync();
        await ada.ShowsAsync("ada: one", "bob: two");
        await bob.SendAsync("three");
        await ada.ShowsAsync("ada: one", "bob: two", "bob: three");
        await ada.SendAsync("three");
        await bob.ShowsAsync("ada: one", "bob: two", "bob: three", "ada: three");
        Assert.Empty(ada.Faults.Concat(bob.Faults));
    }

    [Fact]
    public async Task Open_LateComer_ShowsHistory()
    {
        await using var ada = await ChatWindow.JoinAsync(browser, node.Address, "library", "ada");
        await ada.SendAsync("Who comes late");
        await ada.SendAsync("misses nothing");
        await ada.ShowsAsync("ada: Who comes late", "ada: misses nothing");

        await using var bob = await ChatWindow.JoinAsync(browser, node.Address, "library", "bob");
        await bob.ShowsAsync("ada: Who comes late", "ada: misses nothing");
    }

    [Fact]
    public async Task Send_Html_ShowsAsText()
    {
        const string Html = "<img src=x onerror=\"document.title='caught'\"><b>bold</b>";
        await using var ada = await ChatWindow.JoinAsync(browser, node.Address, "kitchen", "ada");
        await using var bob = await ChatWindow.JoinAsync(browser, node.Address, "kitchen", "<i>bob");
        await bob.SendAsync(Html);
        await ada.ShowsAsync($"<i>bob: {Html}");
        await bob.ShowsAsync($"<i>bob: {Html}");
        await Assertions.Expect(ada.Messages.Locator("img, i, .text b")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Rooms_SwitchAndBack_KeepsTheirMessagesAndCountsUnread()
    {
        await using var ada = await ChatWindow.JoinAsync(browser, node.Address, "hall", "ada");
        await using var bob = await ChatWindow.JoinAsync(browser, node.Address, "hall", "bob");
        await ada.SendAsync("in the hall");
        await ada.ShowsAsync("ada: in the hall");

        await ada.Page.GetByLabel("Join or create a room").FillAsync("balcony");
        await ada.Page.GetByRole(AriaRole.Button, new() { Name = "Join" }).ClickAsync();
        await Assertions.Expect(ada.Page.GetByRole(AriaRole.Heading, new() { Name = "balcony" })).ToBeVisibleAsync();
        await ada.ShowsAsync();

        await bob.SendAsync("are you there?");
        var hall = ada.Page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Button, new() { Name = "hall" });
        await Assertions.Expect(hall).ToHaveTextAsync("hall1 unread");
        await hall.ClickAsync();
        await ada.ShowsAsync("ada: in the hall", "bob: are you there?");
        await Assertions.Expect(hall).ToHaveTextAsync("hall");
    }

    [Fact]
    public async Task Kill_NodeComesBack_WindowsGoOnWithTheirMessages()
    {
        await using var mortal = await new NodeProcess { Log = "embedded" }.StartAsync();
        await using var ada = await ChatWindow.JoinAsync(browser, new($"{mortal.Url}/"), "lobby", "ada");
        await using var bob = await ChatWindow.JoinAsync(browser, new($"{mortal.Url}/"), "lobby", "bob");
        await ada.SendAsync("before");
        await bob.ShowsAsync("ada: before");

        await mortal.KillAsync();
        await Assertions.Expect(ada.State).Not.ToHaveTextAsync("connected as ada");
        await mortal.StartAsync();
        await Assertions.Expect(ada.State).ToHaveTextAsync("connected as ada");
        await Assertions.Expect(bob.State).ToHaveTextAsync("connected as bob");
        await bob.SendAsync("after");
        await ada.ShowsAsync("ada: before", "bob: after");
        await bob.ShowsAsync("ada: before", "bob: after");
        await ada.Page.ReloadAsync();
        await ada.ShowsAsync("ada: before", "bob: after");
    }

    [Fact]
    public async Task Open_ClientFileMissing_SaysWhatToRun()
    {
        await using var window = await ChatWindow.OpenAsync(browser, "about:blank");
        await window.Page.RouteAsync("**/lib/signalr/signalr.js", route => route.FulfillAsync(new() { Status = 404 }));
        await window.Page.GotoAsync($"{node.Address}");
        await Assertions.Expect(window.Error).ToContainTextAsync("lib/signalr/signalr.js");
        await Assertions.Expect(window.Error).ToContainTextAsync("npm");
        await Assertions.Expect(window.Error).ToContainTextAsync("dotnet run --project selfhost");
    }

    [Fact]
    public async Task Open_NoName_AsksForOne()
    {
        await using var window = await ChatWindow.OpenAsync(browser, $"{node.Address}");
        await Assertions.Expect(window.Page.GetByText("Choose a name to begin.")).ToBeVisibleAsync();
        await window.Page.GetByLabel("Your name").FillAsync("ada");
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Set" }).ClickAsync();
        await Assertions.Expect(window.State).ToHaveTextAsync("connected as ada");
        await window.Page.ReloadAsync();
        await Assertions.Expect(window.State).ToHaveTextAsync("connected as ada");
    }
}
