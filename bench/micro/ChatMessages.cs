using System.Globalization;
using System.Text;
using Serverless.Events;

namespace Serverless.Bench.Micro;

/// <summary>Messages such as a chat has: few rooms and names, sentences of common words. The same ones in each run.</summary>
internal static class ChatMessages
{
    private static readonly string[] Rooms = ["general", "random", "support", "engineering"];
    private static readonly string[] Names = ["maria", "jonas", "aiko", "samuel", "fatima", "li", "olga", "pedro", "ingrid", "noah", "zoe", "amir"];

    private static readonly string[] Words =
        ("the be to of and a in that have I it for not on with he as you do at this but his by from they we say her she or an will my one all would there " +
         "their what so up out if about who get which go me when make can like time no just him know take people into year your good some could them see " +
         "other than then now look only come its over think also back after use two how our work first well way even new want because any these give day " +
         "most us meeting deploy server please thanks tomorrow release ticket customer review branch build failed again").Split(' ');

    /// <summary>So many messages, each of about 150 bytes of JSON.</summary>
    /// <param name="count">How many.</param>
    /// <param name="randomIds">Whether a message's id is 8 random bytes, which nothing makes smaller; else ids are counted.</param>
    public static Event[] Make(int count, bool randomIds = true)
    {
        var random = new Random(42);
        var time = new DateTimeOffset(2026, 1, 1, 9, 0, 0, TimeSpan.Zero);
        var messages = new Event[count];
        for (var i = 0; i < count; i++)
        {
            time = time.AddMilliseconds(random.Next(5, 2000));
            var room = Rooms[random.Next(Rooms.Length)];
            var id = randomIds ? random.NextInt64() : 1_000_000 + i;
            var json = string.Create(CultureInfo.InvariantCulture, $$"""
                [{"id":"{{id:x16}}","room":"{{room}}","from":"{{Names[random.Next(Names.Length)]}}","at":"{{time:yyyy-MM-ddTHH:mm:ss.fffZ}}","text":"{{Sentence(random)}}"}]
                """);
            messages[i] = new MessageSent { Audience = Audience.Group(room), Target = "message", Arguments = new(PayloadFormat.Json, Encoding.UTF8.GetBytes(json)) };
        }

        return messages;
    }

    private static string Sentence(Random random)
    {
        var words = new string[random.Next(4, 20)];
        for (var i = 0; i < words.Length; i++)
        {
            // the product of two is often small: common words come often, as in real text
            words[i] = Words[random.Next(Words.Length) * random.Next(Words.Length) / Words.Length];
        }

        return string.Join(' ', words);
    }
}
