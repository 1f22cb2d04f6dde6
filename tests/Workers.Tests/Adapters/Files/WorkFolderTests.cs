using EventSourced.Workers.Adapters.Files;

namespace EventSourced.Workers.Tests.Adapters.Files;

public sealed class WorkFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Parent => folder["work"];

    [Fact]
    public void It_is_gone_with_all_that_is_in_it_when_the_work_is_done()
    {
        using (var work = WorkFolder.In(Parent, "7-1-"))
        {
            Assert.StartsWith(Path.Combine(Parent, "7-1-"), work.Path, StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(work.Path, "deep")).FullName, "file"), "x");
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(Parent));
    }

    [Fact]
    public void What_a_killed_process_left_is_removed_by_the_next_and_nothing_else_is()
    {
        using var other = WorkFolder.In(Parent);
        Directory.CreateDirectory(Path.Combine(Parent, "abandoned", "deep"));
        File.WriteAllText(Path.Combine(Parent, "abandoned.at-work"), "");
        File.WriteAllText(Path.Combine(Parent, "gone.at-work"), "");
        var foreign = Directory.CreateDirectory(Path.Combine(Parent, "foreign")).FullName;

        using var work = WorkFolder.In(Parent);

        Assert.Equal(
            new[] { foreign, other.Path, work.Path }.Order(StringComparer.Ordinal), Directory.EnumerateDirectories(Parent).Order(StringComparer.Ordinal));
        Assert.Equal(2, Directory.EnumerateFiles(Parent).Count());
    }

    public void Dispose() => folder.Dispose();
}
