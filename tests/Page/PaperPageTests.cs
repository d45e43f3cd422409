using Microsoft.Playwright;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Page;

/// <summary>The room's document on the page: written by several, kept, and with the others' carets in it.</summary>
public sealed class PaperPageTests(ChromiumBrowser browser, ChatNode node) : IClassFixture<ChromiumBrowser>, IClassFixture<ChatNode>
{
    [Fact]
    public async Task Type_BothAtTheSameTime_BothShowTheSameText()
    {
        await using var ada = await ChatWindow.JoinAsync(browser, node.Address, "desk", "ada");
        await using var bob = await ChatWindow.JoinAsync(browser, node.Address, "desk", "bob");
        await ada.WriteAsync("Top\n\nBottom\n");
        await Assertions.Expect(bob.Paper).ToHaveValueAsync("Top\n\nBottom\n");

        await ada.PlaceCaretAsync(3);
        await bob.PlaceCaretAsync(11);
        const string ByAda = " of the page, by Ada 😀😁";
        const string ByBob = " of the page, by Bob 😁😀";
        await Task.WhenAll(
            ada.Page.Keyboard.TypeAsync(ByAda, new() { Delay = 5 }),
            bob.Page.Keyboard.TypeAsync(ByBob, new() { Delay = 5 }));
        const string All = $"Top{ByAda}\n\nBottom{ByBob}\n";
        await Assertions.Expect(ada.Paper).ToHaveValueAsync(All);
        await Assertions.Expect(bob.Paper).ToHaveValueAsync(All);

        await ada.IsSavedAsync();
        await ada.Page.ReloadAsync();
        await Assertions.Expect(ada.Paper).ToHaveValueAsync(All);
        await using var eve = await ChatWindow.JoinAsync(browser, node.Address, "desk", "eve");
        await Assertions.Expect(eve.Paper).ToHaveValueAsync(All);
        Assert.Empty(ada.Faults.Concat(bob.Faults).Concat(eve.Faults));
    }

    [Fact]
    public async Task Type_AtTheSamePlace_NothingIsLost()
    {
        await using var ada = await ChatWindow.JoinAsync(browser, node.Address, "corner", "ada");
        await using var bob = await ChatWindow.JoinAsync(browser, node.Address, "corner", "bob");
        await ada.PlaceCaretAsync(0);
        await bob.PlaceCaretAsync(0);
        await Task.WhenAll(ada.Page.Keyboard.TypeAsync("aaaaaaaaaaaaaaaaaaaa"), bob.Page.Keyboard.TypeAsync("bbbbbbbbbbbbbbbbbbbb"));
        await ada.IsSavedAsync();
        await bob.IsSavedAsync();
        await Assertions.Expect(ada.Paper).ToHaveValueAsync(new System.Text.RegularExpressions.Regex("^[ab]{40}$"));
        await Assertions.Expect(bob.Paper).ToHaveValueAsync(await ada.Paper.InputValueAsync());
        Assert.Equal(20, (await bob.Paper.InputValueAsync()).Count(letter => letter == 'a'));
    }

    [Fact]
    public async Task Restart_OfTheNode_KeepsTheTextAndWhatIsWrittenMeanwhile()
    {
        await using var mortal = await new NodeProcess { Log = "embedded" }.StartAsync();
        await using var ada = await ChatWindow.JoinAsync(browser, new($"{mortal.Url}/"), "lobby", "ada");
        await using var bob = await ChatWindow.JoinAsync(browser, new($"{mortal.Url}/"), "lobby", "bob");
        await ada.WriteAsync("before");
        await Assertions.Expect(bob.Paper).ToHaveValueAsync("before");
        await ada.IsSavedAsync();

        await mortal.KillAsync();
        await Assertions.Expect(ada.PaperState).ToHaveTextAsync("Offline");
        await ada.WriteAsync("before, meanwhile");
        await Assertions.Expect(ada.PaperState).ToHaveTextAsync("Offline; your changes wait here");
        await mortal.StartAsync();
        await Assertions.Expect(bob.Paper).ToHaveValueAsync("before, meanwhile");
        await ada.IsSavedAsync();
        await bob.WriteAsync("before, meanwhile, after");
        await Assertions.Expect(ada.Paper).ToHaveValueAsync("before, meanwhile, after");
        await bob.IsSavedAsync();
        await mortal.StopAsync();
        await mortal.StartAsync();
        await bob.Page.ReloadAsync();
        await Assertions.Expect(bob.Paper).ToHaveValueAsync("before, meanwhile, after");
        await Assertions.Expect(ada.State).ToHaveTextAsync("connected as ada");
        await ada.ShowsPeopleAsync("ada you", "bob here");
    }

    [Fact]
    public async Task Rooms_SwitchAndBack_EachHasItsDocument()
    {
        await using var ada = await ChatWindow.JoinAsync(browser, node.Address, "red", "ada");
        await ada.WriteAsync("of the red room");
        await ada.GoAsync("blue / 100% – “q”");
        await Assertions.Expect(ada.Paper).ToHaveValueAsync("");
        await ada.WriteAsync("of the blue room");
        await ada.GoAsync("red");
        await Assertions.Expect(ada.Paper).ToHaveValueAsync("of the red room");

        await using var bob = await ChatWindow.JoinAsync(browser, node.Address, "blue / 100% – “q”", "bob");
        await Assertions.Expect(bob.Paper).ToHaveValueAsync("of the blue room");
        await bob.WriteAsync("of the blue room, by Bob");
        await bob.IsSavedAsync();
        await ada.GoAsync("blue / 100% – “q”");
        await Assertions.Expect(ada.Paper).ToHaveValueAsync("of the blue room, by Bob");
        Assert.Empty(ada.Faults.Concat(bob.Faults));
    }

    [Fact]
    public async Task Undo_TakesBackWhatWasTypedHereOnly()
    {
        await using var ada = await ChatWindow.JoinAsync(browser, node.Address, "eraser", "ada");
        await using var bob = await ChatWindow.JoinAsync(browser, node.Address, "eraser", "bob");
        await ada.PlaceCaretAsync(0);
        await ada.Page.Keyboard.TypeAsync("mine");
        await Assertions.Expect(bob.Paper).ToHaveValueAsync("mine");
        await bob.PlaceCaretAsync(0);
        await bob.Page.Keyboard.TypeAsync("yours ");
        await Assertions.Expect(ada.Paper).ToHaveValueAsync("yours mine");
        await ada.Page.Keyboard.PressAsync("Control+z");
        await Assertions.Expect(ada.Paper).ToHaveValueAsync("yours ");
        await Assertions.Expect(bob.Paper).ToHaveValueAsync("yours ");
        await ada.Page.Keyboard.PressAsync("Control+Shift+z");
        await Assertions.Expect(bob.Paper).ToHaveValueAsync("yours mine");
    }

    [Fact]
    public async Task Select_WhileAnotherTypes_StaysOnItsWords()
    {
        await using var ada = await ChatWindow.JoinAsync(browser, node.Address, "marker", "ada");
        await using var bob = await ChatWindow.JoinAsync(browser, node.Address, "marker", "bob");
        await ada.WriteAsync("one two three");
        await Assertions.Expect(bob.Paper).ToHaveValueAsync("one two three");
        await ada.Paper.EvaluateAsync("field => { field.focus(); field.setSelectionRange(4, 7, 'backward'); }");
        await bob.PlaceCaretAsync(0);
        await bob.Page.Keyboard.TypeAsync("zero ");
        await bob.PlaceCaretAsync(18);
        await bob.Page.Keyboard.TypeAsync(" four");
        await Assertions.Expect(ada.Paper).ToHaveValueAsync("zero one two three four");
        Assert.Equal("two backward", await ada.Paper.EvaluateAsync<string>("field => `${field.value.slice(field.selectionStart, field.selectionEnd)} ${field.selectionDirection}`"));
    }

    [Fact]
    public async Task Caret_OfAnother_StandsAtItsPlaceAndMovesWithTheText()
    {
        await using var ada = await ChatWindow.JoinAsync(browser, node.Address, "map", "ada");
        await using var bob = await ChatWindow.JoinAsync(browser, node.Address, "map", "bob");
        await ada.WriteAsync("first line\nsecond line");
        await Assertions.Expect(bob.Paper).ToHaveValueAsync("first line\nsecond line");
        await bob.PlaceCaretAsync("first line\nsecond".Length);
        await ChatWindow.UntilSeenAsync(
            async () => await ada.HasCaretAsync(line: 1, before: "second") && await ada.HasPeopleAsync("ada you", "bob editing"),
            again: () => bob.PlaceCaretAgainAsync("first line\nsecond".Length));
        await Assertions.Expect(ada.Carets.Locator(".whose")).ToHaveTextAsync("bob");

        // somebody else's text in front of it, in its line and above: nothing is told of that, so nothing can be lost
        await ada.PlaceCaretAsync("first line\n".Length);
        await ada.Page.Keyboard.TypeAsync("the ");
        await ada.ShowsCaretAsync(line: 1, before: "the second");
        await ada.PlaceCaretAsync(0);
        await ada.Page.Keyboard.TypeAsync("title\n\n");
        await ada.ShowsCaretAsync(line: 3, before: "the second");

        // its own text, then the very end, and a selection
        await bob.Page.Keyboard.TypeAsync("!?");
        await ChatWindow.UntilSeenAsync(
            () => ada.HasCaretAsync(line: 3, before: "the second!?"), again: () => bob.PlaceCaretAgainAsync("title\n\nfirst line\nthe second!?".Length));
        await bob.Page.Keyboard.PressAsync("Control+End");
        await bob.Page.Keyboard.TypeAsync("\n");
        await ChatWindow.UntilSeenAsync(
            () => ada.HasCaretAsync(line: 4, before: ""), again: () => bob.PlaceCaretAgainAsync("title\n\nfirst line\nthe second!? line\n".Length));
        await bob.Page.Keyboard.PressAsync("Shift+ArrowUp");
        await ChatWindow.UntilSeenAsync(
            () => ada.Page.Locator("#carets .range").First.IsVisibleAsync(),
            again: async () =>
            {
                await bob.PlaceCaretAgainAsync("title\n\nfirst line\nthe second!? line\n".Length);
                await bob.Page.Keyboard.PressAsync("Shift+ArrowUp");
            });

        await bob.Page.GetByLabel("Message", new() { Exact = true }).FocusAsync();
        await Assertions.Expect(ada.Carets).ToHaveCountAsync(0);
        Assert.Empty(ada.Faults.Concat(bob.Faults));
    }

    [Fact]
    public async Task Caret_OfOneWhoGoes_IsHidden()
    {
        await using var ada = await ChatWindow.JoinAsync(browser, node.Address, "exit", "ada");
        await using (var bob = await ChatWindow.JoinAsync(browser, node.Address, "exit", "bob"))
        {
            await ada.ShowsPeopleAsync("ada you", "bob here");
            await bob.PlaceCaretAsync(0);
            await ChatWindow.UntilSeenAsync(async () => await ada.Carets.CountAsync() == 1, again: () => bob.PlaceCaretAgainAsync(0));

            // one who comes later is told too
            await using var eve = await ChatWindow.JoinAsync(browser, node.Address, "exit", "eve");
            await ChatWindow.UntilSeenAsync(async () => await eve.Carets.CountAsync() == 1, again: () => bob.PlaceCaretAgainAsync(0));
        }

        await Assertions.Expect(ada.Carets).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Open_YjsMissing_SaysSoAndTheChatWorks()
    {
        await using var ada = await ChatWindow.OpenAsync(browser, "about:blank");
        await ada.Page.RouteAsync("**/lib/yjs/yjs.js", route => route.FulfillAsync(new() { Status = 404 }));
        await ada.Page.GotoAsync($"{node.Address}#room=cellar&name=ada");
        await Assertions.Expect(ada.State).ToHaveTextAsync("connected as ada");
        await Assertions.Expect(ada.Paper).ToHaveAttributeAsync("placeholder", new System.Text.RegularExpressions.Regex("lib/yjs/yjs.js.*npm"));
        await Assertions.Expect(ada.Paper).ToBeDisabledAsync();
        await ada.SendAsync("still here");
        await ada.ShowsAsync("ada: still here");
        await ada.ShowsPeopleAsync("ada you");
    }
}
