namespace EventSourced.Workers.Commands;

/// <summary>A name typed at the terminal that nothing has is one clear line and the exit code of wrong usage.</summary>
internal static class UnknownName
{
    private const int WrongUsage = 2;

    public static async Task<int> ExplainAsync(Func<Task<int>> command)
    {
        try
        {
            return await command();
        }
        catch (ArgumentException e) when (e.ParamName is "name" or "documentId")
        {
            await Console.Error.WriteLineAsync(e.Message.Replace($" (Parameter '{e.ParamName}')", "", StringComparison.Ordinal));
            return WrongUsage;
        }
    }
}
