using EventSourced.Domain.Packages;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Repositories;
using static EventSourced.Domain.Tests.Packages.BuildTasks.Tasks;

namespace EventSourced.Domain.Tests.Packages.BuildTasks;

public sealed class RecordArtifactSignaturesTests
{
    private static readonly SignTaskId OneSignTask = new(7);
    private static readonly SignKeyId OneKey = new(3);
    private static readonly BuildArtifact Rpm = new(910, "hello-1.0-1.x86_64.rpm", ArtifactType.Rpm, "/u/1/", "aa11", 5, "cas", new("hello", "0", "1.0", "1", "x86_64", "aa11"));
    private static readonly BuildArtifact Changes = new(911, "hello_1.0-1_amd64.changes", ArtifactType.Deb, "/u/2/", "cc33", 6);

    private static readonly BuildArtifact SignedRpm = Rpm with
    {
        Href = "/s/1/", Sha256 = "bb22", SizeBytes = 9, Meta = Rpm.Meta! with { Sha256 = "bb22" }, SignKeyId = OneKey,
    };

    private static readonly RecordArtifactSignatures Command = new(OneTask, OneSignTask, OneKey, [new(Rpm.Name, ["/u/1/"], "/s/1/", "bb22", 9, null)]);

    [Fact]
    public void The_signed_file_takes_the_place_of_the_unsigned_one() =>
        Delivered().When(task => RecordArtifactSignaturesHandler.Handle(Command, task)).Then(Signed());

    [Fact]
    public void A_second_time_nothing_happens() =>
        Delivered(Signed()).When(task => RecordArtifactSignaturesHandler.Handle(Command, task)).ThenNothing();

    [Fact]
    public void A_file_that_came_later_stays_as_it_is() =>
        Delivered()
            .When(task => RecordArtifactSignaturesHandler.Handle(Command with { Signatures = [Command.Signatures[0] with { Replaces = ["/u/older/"] }] }, task))
            .ThenNothing();

    [Fact]
    public void A_copy_that_was_handed_on_before_the_original_was_signed_is_the_same_file() =>
        Delivered()
            .When(task => RecordArtifactSignaturesHandler.Handle(Command with { Signatures = [Command.Signatures[0] with { Replaces = ["/s/0/"], Artifacts = [Rpm.Id] }] }, task))
            .Then(Signed());

    [Fact]
    public void An_older_signature_of_the_same_file_does_not_take_the_place_of_a_newer_one() =>
        Delivered(Signed())
            .When(task => RecordArtifactSignaturesHandler.Handle(
                Command with { SignKeyId = new(4), Signatures = [Command.Signatures[0] with { Href = "/s/0/", Artifacts = [Rpm.Id] }] }, task))
            .ThenNothing();

    [Fact]
    public void An_unknown_task_is_refused() =>
        Given<BuildTask>().When(task => RecordArtifactSignaturesHandler.Handle(Command, task)).ThenRefused(BuildTaskErrors.Unknown);

    [Fact]
    public void Signed_packages_go_to_their_repositories_and_texts_to_none()
    {
        var signed = new BuildArtifactsSigned(OneTask, OneBuild, OneSignTask, [SignedRpm, Changes with { Href = "/s/2/" }]);

        Delivered(signed)
            .When(task => BuildTaskReactions.When(signed, task!))
            .Then(new AddRepositoryPackages(new RepositoryId(1), [new("Packages/h/hello-1.0-1.x86_64.rpm", Rpm.Name, "/s/1/", "bb22", 9)]));
    }

    private static BuildArtifactsSigned Signed() => new(OneTask, OneBuild, OneSignTask, [SignedRpm]);

    private static Given<BuildTask> Delivered(params object[] after) => Given<BuildTask>([Queued(), Assigned(NodeA), Reported(), Succeeded(Rpm, Changes, Log), .. after]);
}
