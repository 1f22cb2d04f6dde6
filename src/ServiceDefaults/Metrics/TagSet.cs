using System.Globalization;

namespace EventSourced.ServiceDefaults.Metrics;

/// <summary>The labels of a series; their order does not matter.</summary>
internal sealed class TagSet(KeyValuePair<string, object?>[] tags)
{
    public static IEqualityComparer<TagSet> Comparer { get; } = new ByContent();

    public IEnumerable<(string Name, string Value)> Labels =>
        tags.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => (tag.Key, Text(tag.Value)));

    private static string Text(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    /// <summary>Looks a series up by the measurement's own span, so that a known one costs no allocation.</summary>
    private sealed class ByContent : IEqualityComparer<TagSet>, IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, TagSet>
    {
        public bool Equals(TagSet? x, TagSet? y) => ReferenceEquals(x, y) || (x is not null && y is not null && Equals(x.Tags, y));

        public int GetHashCode(TagSet obj) => GetHashCode(obj.Tags);

        public TagSet Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => new(alternate.ToArray());

        public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
        {
            var sum = alternate.Length;
            foreach (var tag in alternate)
                sum = unchecked(sum + HashCode.Combine(tag.Key, tag.Value));
            return sum;
        }

        public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, TagSet other)
        {
            if (alternate.Length != other.Tags.Length)
                return false;
            for (var i = 0; i < alternate.Length; i++)
            {
                if (!Same(alternate[i], other.Tags[i]) && !Contains(other.Tags, alternate[i]))
                    return false;
            }

            return true;
        }

        private static bool Contains(KeyValuePair<string, object?>[] tags, KeyValuePair<string, object?> tag) => Array.Exists(tags, other => Same(other, tag));

        private static bool Same(KeyValuePair<string, object?> x, KeyValuePair<string, object?> y) => x.Key == y.Key && Equals(x.Value, y.Value);
    }

    private KeyValuePair<string, object?>[] Tags => tags;
}
