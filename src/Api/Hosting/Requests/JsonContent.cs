using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;
using EventSourced.Api.Hosting.Errors;

namespace EventSourced.Api.Hosting.Requests;

/// <summary>What no body may hold, whatever it is for: lists beyond the limit, a name twice in one object, texts and numbers that the database does not keep.</summary>
internal static class JsonContent
{
    private const int LongestNumber = 1000, LargestExponent = 1000;

    /// <exception cref="InvalidRequestException">Names the place.</exception>
    public static void Check(JsonElement root, int mostItems) => Check(root, mostItems, []);

    private static void Check(JsonElement element, int mostItems, object[] path)
    {
        if (FaultOf(element, mostItems) is { } fault)
            throw new InvalidRequestException([new FieldError("body", path, fault.Message, fault.Type)]);

        if (element.ValueKind is JsonValueKind.Array)
        {
            foreach (var (i, item) in element.EnumerateArray().Index())
                if (IsToBeChecked(item, mostItems))
                    Check(item, mostItems, [.. path, i]);
        }
        else if (element.ValueKind is JsonValueKind.Object)
        {
            foreach (var property in element.EnumerateObject())
                if (IsToBeChecked(property.Value, mostItems))
                    Check(property.Value, mostItems, [.. path, property.Name]);
        }
    }

    /// <summary>Paths are made only for what has parts, or a fault.</summary>
    private static bool IsToBeChecked(JsonElement element, int mostItems) =>
        element.ValueKind is JsonValueKind.Array or JsonValueKind.Object || FaultOf(element, mostItems) is not null;

    private static (string Message, string Type)? FaultOf(JsonElement element, int mostItems) => element.ValueKind switch
    {
        JsonValueKind.Array when element.GetArrayLength() > mostItems => ($"has more than {mostItems} elements", "too_long"),
        JsonValueKind.Object => FaultOfNames(element),
        JsonValueKind.String when !IsText(element) => (Texts.Unfit, "value"),
        JsonValueKind.Number when !IsNumber(JsonMarshal.GetRawUtf8Value(element)) => ("is a number with too many digits", "value"),
        _ => null,
    };

    private static (string Message, string Type)? FaultOfNames(JsonElement element)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in element.EnumerateObject())
        {
            if (NameOf(property) is not { } name)
                return ("has a name with a character that cannot be kept", "value");

            if (!names.Add(name))
                return ($"has '{name}' twice", "value");
        }

        return null;
    }

    /// <summary>Only an escape, or bytes that are no UTF-8, can make a NUL or half a character.</summary>
    private static bool IsText(JsonElement element)
    {
        var raw = JsonMarshal.GetRawUtf8Value(element);
        if (!raw.Contains((byte)'\\') && Utf8.IsValid(raw))
            return true;

        try
        {
            return Texts.AreKept(element.GetString());
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Null for what is no text.</summary>
    private static string? NameOf(JsonProperty property)
    {
        try
        {
            return Texts.AreKept(property.Name) ? property.Name : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static bool IsNumber(ReadOnlySpan<byte> raw)
    {
        var exponent = raw.IndexOfAny((byte)'e', (byte)'E');
        return raw.Length <= LongestNumber && (exponent < 0 || IsExponent(raw[(exponent + 1)..]));
    }

    private static bool IsExponent(ReadOnlySpan<byte> raw) =>
        int.TryParse(raw, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var power) && power is >= -LargestExponent and <= LargestExponent;
}
