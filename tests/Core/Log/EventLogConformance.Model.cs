using CsCheck;
using Serverless.Events;
using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log;

/// <summary>Random operations on a stream of its own each time, compared with a list.</summary>
public abstract partial class EventLogConformance
{
    private static readonly Gen<ModelStep> AnyStep = Gen.Select(
        Gen.Frequency((5, Gen.Const(ModelVerb.Append)), (3, Gen.Const(ModelVerb.Read)), (2, Gen.Const(ModelVerb.Follow)),
            (1, Gen.Const(ModelVerb.Trim)), (1, Gen.Const(ModelVerb.Reopen))),
        Gen.Int[-12, 8].Array[1, 4],
        Gen.Double[0, 1],
        (verb, keys, place) => new ModelStep(verb, keys, place));

    private int _models;

    [Fact]
    public async Task Model_AnySteps_GivesWhatAListGives()
    {
        await AnyStep.Array[1, 40].SampleAsync(
            async steps =>
            {
                var model = new StreamModel(new($"model{_models++}"));
                model.Epoch = (await Log.HeadAsync(model.Stream, Stop)).Head.Epoch;
                foreach (var step in steps)
                {
                    await RunAsync(step, model);
                }

                await ReadAllAsync(model, Position.Start);
            },
            iter: 150,
            threads: 1,
            print: steps => string.Join("; ", steps.Select(step => $"{step.Verb} {string.Join(',', step.Keys)} {step.Place:F2}")));
    }

    private async Task RunAsync(ModelStep step, StreamModel model)
    {
        // one beyond the head too
        var place = new Position(model.Epoch, (long)(step.Place * (model.Events.Count + 1.99)));
        switch (step.Verb)
        {
            case ModelVerb.Append:
                await AppendAsync(model, step.Keys);
                break;
            case ModelVerb.Read:
                await ReadAllAsync(model, place);
                break;
            case ModelVerb.Follow:
                await FollowAllAsync(model, place);
                break;
            case ModelVerb.Trim:
                await Log.TrimAsync(model.Stream, place.Offset, Stop);
                model.Trim(place.Offset);
                break;
            default:
                await ReopenAsync();
                break;
        }

        var head = await Log.HeadAsync(model.Stream, Stop);
        Assert.Equal((model.Epoch, model.Events.Count, model.Trimmed), (head.Head.Epoch, head.Head.Offset, head.Trimmed));
    }

    private async Task AppendAsync(StreamModel model, int[] keys)
    {
        // 0 and above are keys, each once in a batch
        var events = keys.Where((key, index) => key < 0 || Array.IndexOf(keys, key) == index)
            .Select((key, index) => Message($"{model.Events.Count}+{index}", key < 0 ? null : $"k{key}")).ToArray();
        var result = await Log.AppendAsync(model.Stream, Batch(events), Stop);
        if (model.Known(events) is { Count: > 0 } known)
        {
            Assert.Equal(known, Assert.IsType<AppendResult.Duplicate>(result).Known);
            return;
        }

        model.Append(events);
        Assert.Equal(new Position(model.Epoch, model.Events.Count), Assert.IsType<AppendResult.Appended>(result).Last);
    }

    private async Task ReadAllAsync(StreamModel model, Position after)
    {
        var position = after;
        while (true)
        {
            var result = await Log.ReadAsync(model.Stream, position, 256, Stop);
            if (!model.Check(after, position, result))
            {
                return;
            }

            position = ((ReadResult.Page)result).Entries[^1].Last;
        }
    }

    private async Task FollowAllAsync(StreamModel model, Position after)
    {
        var position = after;
        if (after.Offset == model.Events.Count)
        {
            return;
        }

        await foreach (var result in Log.FollowAsync(model.Stream, after, Stop))
        {
            if (!model.Check(after, position, result))
            {
                return;
            }

            position = ((ReadResult.Page)result).Entries[^1].Last;
            if (position.Offset == model.Events.Count)
            {
                return;
            }
        }

        Assert.Fail("A follower ended without a reset.");
    }

    private enum ModelVerb
    {
        Append,
        Read,
        Follow,
        Trim,
        Reopen,
    }

    private sealed record ModelStep(ModelVerb Verb, int[] Keys, double Place);

    private sealed class StreamModel(StreamName stream)
    {
        private readonly List<long> _entryEnds = [];

        public StreamName Stream => stream;

        public string Epoch { get; set; } = "";

        public List<MessageSent> Events { get; } = [];

        public long Trimmed { get; private set; }

        public List<KnownKey> Known(MessageSent[] events) =>
        [
            .. from item in events.Index()
               let at = item.Item.Key is null ? -1 : Events.FindIndex(known => known.Key == item.Item.Key)
               where at >= 0
               select new KnownKey(item.Index, new(Epoch, at + 1)),
        ];

        public void Append(MessageSent[] events)
        {
            Events.AddRange(events);
            _entryEnds.Add(Events.Count);
        }

        public void Trim(long offset) => Trimmed = Math.Max(Trimmed, _entryEnds.LastOrDefault(end => end <= offset));

        /// <summary>Whether a page is what follows; false when it is rightly empty or a reset.</summary>
        public bool Check(Position began, Position after, ReadResult result)
        {
            var reason = began == Position.Start && after == began ? null
                : after.Offset > Events.Count ? ResetReason.TailLost
                : after.Offset < Trimmed ? ResetReason.Trimmed
                : (ResetReason?)null;
            if (reason is not null)
            {
                Assert.Equal(reason, Assert.IsType<ReadResult.Reset>(result).Reason);
                return false;
            }

            var entries = Assert.IsType<ReadResult.Page>(result).Entries;
            var offset = Math.Max(after.Offset, Trimmed);
            if (entries.Count == 0)
            {
                Assert.Equal(Events.Count, offset);
                return false;
            }

            Assert.InRange(offset, entries[0].FirstOffset - 1, entries[0].Last.Offset - 1);
            var first = entries[0].FirstOffset;
            Assert.All(entries, entry => Assert.Equal(Epoch, entry.Last.Epoch));
            Assert.Equal(Events[(int)(first - 1)..(int)entries[^1].Last.Offset].Select(value => value.Target), Texts(entries));
            return true;
        }
    }
}
