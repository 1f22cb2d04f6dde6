using EventSourced.Domain.Packages.Builds;
using EventSourced.Domain.Packages.BuildTasks;
using EventSourced.Domain.Packages.Signing;
using static EventSourced.Domain.Tests.Packages.Signing.Signatures;

namespace EventSourced.Domain.Tests.Packages.Signing;

public sealed class SignTaskReactionsTests
{
    [Fact]
    public void A_report_is_verified() =>
        Given<SignTask>(Requested(), Assigned(), Reported())
            .When(task => SignTaskReactions.When(Reported(), task!))
            .Then(new VerifySignatures(OneSignTask, OneKey, Fingerprint, [Source, Binary], Report().Packages));

    [Fact]
    public void Every_task_with_a_file_of_the_name_gets_the_signed_one_and_the_build_is_told() =>
        Given<SignTask>(Requested(), Assigned(), Reported(), Completed())
            .When(task => SignTaskReactions.When(Completed(), task!))
            .Then(
                new RecordArtifactSignatures(Src, OneSignTask, OneKey, [Signature(Source, 10)]),
                new RecordArtifactSignatures(X64, OneSignTask, OneKey, [Signature(Source, 10), Signature(Binary, 20)]),
                new RecordBuildSigned(OneBuild, OneSignTask, [Src, X64]));

    [Fact]
    public void Of_a_package_that_several_arches_sent_the_last_one_is_everybodys()
    {
        var (one, two) = (Unsigned(910, "doc-1-1.noarch.rpm", "x86_64", X64, Arm), Unsigned(911, "doc-1-1.noarch.rpm", "aarch64", X64, Arm));
        var completed = Completed(Signed(one), Signed(two));
        ArtifactSignature expected = new("doc-1-1.noarch.rpm", ["/u/910/", "/u/911/"], "/s/911/", "bb22", null, null, [910, 911]);

        Given<SignTask>(Requested(), Assigned(packages: [one, two]), Reported(), completed)
            .When(task => SignTaskReactions.When(completed, task!))
            .Then(
                new RecordArtifactSignatures(X64, OneSignTask, OneKey, [expected]), new RecordArtifactSignatures(Arm, OneSignTask, OneKey, [expected]),
                new RecordBuildSigned(OneBuild, OneSignTask, [Src, X64]));
    }

    [Fact]
    public void Of_a_source_package_that_is_signed_once_every_copy_is_meant()
    {
        var once = Source with { SameName = [Source.Id, 77] };
        var completed = Completed(Signed(once));

        Given<SignTask>(Requested(), Assigned(packages: once), Reported(), completed)
            .When(task => SignTaskReactions.When(completed, task!).OfType<RecordArtifactSignatures>().SelectMany(r => r.Signatures[0].Artifacts!).Distinct().Cast<object>())
            .Then(Source.Id, 77);
    }

    [Fact]
    public void Before_the_build_tasks_were_recorded_they_are_those_of_the_packages() =>
        Given<SignTask>(Requested(), Assigned(packages: Source) with { BuildTasks = null }, Reported(), Completed(Signed(Source)))
            .When(task => SignTaskReactions.When(Completed(), task!).OfType<RecordBuildSigned>())
            .Then(new RecordBuildSigned(OneBuild, OneSignTask, [Src, X64]));

    private static ArtifactSignature Signature(SignPackage package, long size) => new(package.Name, [package.Href], $"/s/{package.Id}/", "bb22", size, null, [package.Id]);
}
