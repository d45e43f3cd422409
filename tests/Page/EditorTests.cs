using Microsoft.Playwright;
using Xunit;

namespace Serverless.Tests.Page;

/// <summary>The page's editor by itself, in a real browser: its parts are imported as modules.</summary>
public sealed class EditorTests(ChromiumBrowser browser, ChatNode node) : IClassFixture<ChromiumBrowser>, IClassFixture<ChatNode>
{
    /// <summary>Random texts of few letters, so that there are many places where a change could have been.</summary>
    private const string DiffScript = """
        async seed => {
          const { diff } = await import('/splice.js');
          const random = limit => (seed = (seed * 1103515245 + 12345) % 2147483648) % limit;
          const letters = ['a', 'b', '\n', '😀', '😁'];
          const text = length => Array.from({ length }, () => letters[random(letters.length)]).join('');
          for (let round = 0; round < 3000; round++) {
            const [start, old, made, end] = [text(random(5)), text(random(4)), text(random(4)), text(random(5))];
            const [before, after] = [start + old + end, start + made + end];
            const change = diff(before, after, start.length + made.length);
            if (change === null ? before !== after
              : before.slice(0, change.at) + change.inserted + before.slice(change.at + change.removed) !== after
                || /^[\udc00-\udfff]|[\ud800-\udbff]$/.test(change.inserted)
                || (old === '' && change.at !== start.length)) {
              return JSON.stringify({ before, after, change, start, made });
            }
          }
          return '';
        }
        """;

    /// <summary>Places that stick to what is in front of them, as Yjs knows them.</summary>
    private const string FollowScript = """
        async seed => {
          const [{ follow }, Y] = await Promise.all([import('/splice.js'), import('/lib/yjs/yjs.js')]);
          const random = limit => (seed = (seed * 1103515245 + 12345) % 2147483648) % limit;
          for (let round = 0; round < 1000; round++) {
            const doc = new Y.Doc();
            const text = doc.getText('text');
            text.insert(0, 'abcdefghij');
            const places = Array.from({ length: 11 }, (_, place) => Y.createRelativePositionFromTypeIndex(text, place, -1));
            let delta = null;
            text.observe(event => { delta = event.delta; });
            doc.transact(() => {
              for (let step = 1 + random(4); step > 0; step--) {
                const at = random(text.length + 1);
                if (random(2) === 0) text.insert(at, 'xyz'.slice(random(3))); else text.delete(at, Math.min(random(4), text.length - at));
              }
            });
            const wrong = places.findIndex((place, index) => Y.createAbsolutePositionFromRelativePosition(place, doc).index !== follow(delta ?? [], index));
            if (wrong >= 0) return JSON.stringify({ delta, wrong, is: follow(delta, wrong), should: Y.createAbsolutePositionFromRelativePosition(places[wrong], doc).index });
          }
          return '';
        }
        """;

    private const string LineEndsScript = """
        async () => {
          const [{ Editor }, Y] = await Promise.all([import('/editor.js'), import('/lib/yjs/yjs.js')]);
          const doc = new Y.Doc();
          const field = document.body.appendChild(document.createElement('textarea'));
          new Editor(Y, field, { select() {}, drawn() {} }).bind(doc.getText('text'));
          doc.getText('text').insert(0, 'one\r\ntwo\r\nthree');
          await new Promise(resolve => setTimeout(resolve));
          field.setRangeText('!', 7, 7, 'end');
          field.dispatchEvent(new Event('input'));
          return JSON.stringify([field.value, doc.getText('text').toString()]);
        }
        """;

    [Theory]
    [InlineData(1)]
    [InlineData(20261126)]
    public async Task Diff_RandomChanges_GivesBackTheTextAndSplitsNoCharacter(int seed)
    {
        await using var window = await ChatWindow.OpenAsync(browser, $"{node.Address}");
        Assert.Equal("", await window.Page.EvaluateAsync<string>(DiffScript, seed));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20261126)]
    public async Task Follow_RandomDeltas_AgreesWithYjs(int seed)
    {
        await using var window = await ChatWindow.OpenAsync(browser, $"{node.Address}");
        Assert.Equal("", await window.Page.EvaluateAsync<string>(FollowScript, seed));
    }

    [Fact]
    public async Task LineEnds_OfTwoCharacters_BecomeOne()
    {
        await using var window = await ChatWindow.OpenAsync(browser, $"{node.Address}");
        Assert.Equal("""["one\ntwo!\nthree","one\ntwo!\nthree"]""", await window.Page.EvaluateAsync<string>(LineEndsScript));
    }

    [Fact]
    public async Task Compose_WhileAnotherTypes_BothAreKept()
    {
        await using var ada = await ChatWindow.JoinAsync(browser, node.Address, "composer", "ada");
        await using var bob = await ChatWindow.JoinAsync(browser, node.Address, "composer", "bob");
        await ada.WriteAsync("start end");
        await Assertions.Expect(bob.Paper).ToHaveValueAsync("start end");
        await ada.PlaceCaretAsync("start ".Length);
        var keyboard = await ada.Page.Context.NewCDPSessionAsync(ada.Page);
        await ComposeAsync(keyboard, "に");
        await bob.PlaceCaretAsync(0);
        await bob.Page.Keyboard.TypeAsync("the ");
        await bob.IsSavedAsync();
        await using var eve = await ChatWindow.JoinAsync(browser, node.Address, "composer", "eve");
        await Assertions.Expect(eve.Paper).ToHaveValueAsync("the start end");

        // what is composed stays as it is meanwhile
        await ComposeAsync(keyboard, "にほ");
        await Assertions.Expect(ada.Paper).ToHaveValueAsync("start にほend");
        await keyboard.SendAsync("Input.insertText", new() { ["text"] = "日本 " });
        await Assertions.Expect(ada.Paper).ToHaveValueAsync("the start 日本 end");
        await Assertions.Expect(bob.Paper).ToHaveValueAsync("the start 日本 end");
        await ada.Page.Keyboard.TypeAsync("!");
        await Assertions.Expect(bob.Paper).ToHaveValueAsync("the start 日本 !end");
    }

    private static async Task ComposeAsync(ICDPSession keyboard, string text) => await keyboard.SendAsync(
        "Input.imeSetComposition", new() { ["text"] = text, ["selectionStart"] = text.Length, ["selectionEnd"] = text.Length });
}
