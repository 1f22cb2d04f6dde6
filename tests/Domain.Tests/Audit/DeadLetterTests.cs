using EventSourced.Domain.Audit;
using EventSourced.Domain.Audit.DeadLetters;

namespace EventSourced.Domain.Tests.Audit;

public sealed class DeadLetterTests
{
    private static readonly DeadLetterId One = new(7), Gone = new(8);
    private static readonly Guid Message = Guid.CreateVersion7();
    private static readonly MovedDeadLetters Moved = new([new(One, Message, "Sample.SignBuild", "build-3")]);
    private static readonly DeadLetterReplayed Replayed = new(One, Message, "Sample.SignBuild", "build-3");
    private static readonly DeadLetterDiscarded Discarded = new(One, Message, "Sample.SignBuild", "build-3");

    [Fact]
    public void Each_letter_that_was_replayed_says_so() =>
        Assert.Equal(("dead_letter-7", Replayed), Only(ReplayDeadLettersHandler.Handle(new([One, Gone]), Moved)));

    [Fact]
    public void Each_letter_that_was_discarded_says_so() =>
        Assert.Equal(("dead_letter-7", Discarded), Only(DiscardDeadLettersHandler.Handle(new([One, Gone]), Moved)));

    [Fact]
    public void Of_letters_that_are_gone_nothing_is_said()
    {
        Assert.Empty(ReplayDeadLettersHandler.Handle(new([Gone]), new([])));
        Assert.Empty(DiscardDeadLettersHandler.Handle(new([Gone]), new([])));
    }

    [Fact]
    public void Its_state_tells_how_it_ended() => Assert.Equal(
        (DeadLetterEnd.Replayed, DeadLetterEnd.Discarded), (DeadLetter.Create(Replayed).End, DeadLetter.Create(Discarded).End));

    private static (string, object) Only(IReadOnlyList<NewStream> streams)
    {
        var stream = Assert.Single(streams);
        return (stream.Key, Assert.Single(stream.Events));
    }
}
