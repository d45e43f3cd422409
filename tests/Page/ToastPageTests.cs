using Microsoft.Playwright;
using Xunit;

namespace Serverless.Tests.Page;

/// <summary>Notifications on the page: to a room, a user who is there or comes later, or all; until they are dismissed.</summary>
public sealed class ToastPageTests(ChromiumBrowser browser, ChatNode node) : IClassFixture<ChromiumBrowser>, IClassFixture<ChatNode>
{
    [Fact]
    public async Task Notify_User_IsShownThereAndNowhereElse()
    {
        await using var ada = await ChatWindow.JoinAsync(browser, node.Address, "post", "ada-1");
        await using var bob = await ChatWindow.JoinAsync(browser, node.Address, "post", "bob-1");
        await ada.NotifyAsync("Lunch at <b>noon</b>?", user: "bob-1");
        await Assertions.Expect(bob.Toasts.Locator(".text")).ToHaveTextAsync(["Lunch at <b>noon</b>?"]);
        await Assertions.Expect(bob.Toasts.Locator(".by")).ToContainTextAsync("ada-1");
        await Assertions.Expect(bob.Alerts).ToHaveCountAsync(0);

        // what comes after it is the first thing that its sender sees
        await bob.NotifyAsync("Yes", user: "ada-1");
        await Assertions.Expect(ada.Toasts.Locator(".text")).ToHaveTextAsync(["Yes"]);
        Assert.Empty(ada.Faults.Concat(bob.Faults));
    }

    [Fact]
    public async Task Notify_AbsentUser_IsShownWhenItComes()
    {
        await using var ada = await ChatWindow.JoinAsync(browser, node.Address, "yard", "ada-2");
        await ada.NotifyAsync("first", user: "bob-2");
        await ada.NotifyAsync("then this", user: "bob-2", isAlert: true);
        await using var bob = await ChatWindow.JoinAsync(browser, node.Address, "elsewhere", "bob-2");
        await Assertions.Expect(bob.Toasts.Locator(".text")).ToHaveTextAsync(["first"]);
        await Assertions.Expect(bob.Alerts.Locator(".text")).ToHaveTextAsync(["then this"]);
    }

    [Fact]
    public async Task Notify_RoomAsAlert_IsAnAlertToAllInIt()
    {
        await using var ada = await ChatWindow.JoinAsync(browser, node.Address, "deck", "ada-3");
        await using var bob = await ChatWindow.JoinAsync(browser, node.Address, "deck", "bob-3");
        await using var eve = await ChatWindow.JoinAsync(browser, node.Address, "hold", "eve-3");
        await ada.NotifyAsync("Fire drill", isAlert: true);
        await Assertions.Expect(bob.Page.GetByRole(AriaRole.Alert).Locator(".text")).ToHaveTextAsync("Fire drill");
        await Assertions.Expect(bob.Toasts).ToHaveCountAsync(0);
        await ada.NotifyAsync("for Eve", user: "eve-3");
        await Assertions.Expect(eve.Toasts.Locator(".text")).ToHaveTextAsync(["for Eve"]);
        await Assertions.Expect(eve.Alerts).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Dismiss_IsReadForGoodAndInTheUsersOtherWindows()
    {
        await using var ada = await ChatWindow.JoinAsync(browser, node.Address, "desk", "ada-4");
        await using var bob = await ChatWindow.JoinAsync(browser, node.Address, "desk", "bob-4");
        await using var second = await ChatWindow.JoinAsync(browser, node.Address, "desk", "bob-4");
        await ada.NotifyAsync("one", user: "bob-4");
        await ada.NotifyAsync("two", user: "bob-4");
        await Assertions.Expect(bob.Toasts.Locator(".text")).ToHaveTextAsync(["two", "one"]);
        await Assertions.Expect(second.Toasts).ToHaveCountAsync(2);

        await bob.Toasts.Filter(new() { HasText = "one" }).GetByRole(AriaRole.Button, new() { Name = "Dismiss" }).ClickAsync();
        await Assertions.Expect(bob.Toasts.Locator(".text")).ToHaveTextAsync(["two"]);
        await Assertions.Expect(second.Toasts.Locator(".text")).ToHaveTextAsync(["two"]);
        await bob.Page.ReloadAsync();
        await Assertions.Expect(bob.Toasts.Locator(".text")).ToHaveTextAsync(["two"]);

        await ada.NotifyAsync("three", user: "bob-4");
        await Assertions.Expect(bob.Toasts).ToHaveCountAsync(2);
        await bob.Page.GetByRole(AriaRole.Button, new() { Name = "Dismiss all" }).ClickAsync();
        await Assertions.Expect(bob.Toasts).ToHaveCountAsync(0);
        await Assertions.Expect(second.Toasts).ToHaveCountAsync(0);
        await second.Page.ReloadAsync();
        await ada.NotifyAsync("four", user: "bob-4");
        await Assertions.Expect(second.Toasts.Locator(".text")).ToHaveTextAsync(["four"]);
        Assert.Empty(ada.Faults.Concat(bob.Faults).Concat(second.Faults));
    }

    [Fact]
    public async Task Dismiss_ByKeyboard_MovesTheFocusOn()
    {
        await using var ada = await ChatWindow.JoinAsync(browser, node.Address, "keys", "ada-5");
        await ada.NotifyAsync("one", user: "ada-5");
        await ada.NotifyAsync("two", user: "ada-5");
        await Assertions.Expect(ada.Toasts).ToHaveCountAsync(2);
        var dismiss = ada.Toasts.GetByRole(AriaRole.Button, new() { Name = "Dismiss" });
        await dismiss.First.PressAsync("Enter");
        await Assertions.Expect(dismiss).ToBeFocusedAsync();
        await dismiss.PressAsync("Enter");
        await Assertions.Expect(ada.Page.GetByLabel("Message", new() { Exact = true })).ToBeFocusedAsync();
    }
}
