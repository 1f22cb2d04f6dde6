using System.Globalization;
using System.Text;

namespace EventSourced.ServiceDefaults.Metrics;

/// <summary>The text exposition format, version 0.0.4, with names as OpenTelemetry's Prometheus mapping has them.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const string DroppedName = "eventsourced_metrics_dropped_measurements_total";

    public static string Write(IEnumerable<Family> families)
    {
        var text = new StringBuilder();
        var all = families.ToList();
        foreach (var group in all.GroupBy(Name).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var first = group.First();
            if (first.Instrument.Description is { Length: > 0 } help)
                text.Append("# HELP ").Append(group.Key).Append(' ').Append(Escape(help)).Append('\n');
            text.Append("# TYPE ").Append(group.Key).Append(' ').Append(Type(first.Kind)).Append('\n');
            foreach (var series in group.SelectMany(family => family.Series))
                Append(text, group.Key, series);
        }

        text.Append("# TYPE ").Append(DroppedName).Append(" counter\n");
        AppendSample(text, DroppedName, [], all.Sum(family => family.Dropped));
        return text.ToString();
    }

    internal static string Name(Family family)
    {
        var name = Sanitize(family.Instrument.Name);
        if (Unit(family) is { } unit && !name.EndsWith("_" + unit, StringComparison.Ordinal))
            name += "_" + unit;
        return family.Kind is FamilyKind.Counter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    private static string? Unit(Family family) => family.Instrument.Unit switch
    {
        null or "" => null,
        "s" => "seconds",
        "ms" => "milliseconds",
        "By" => "bytes",
        "%" => "percent",
        "1" => family.Kind is FamilyKind.Gauge ? "ratio" : null,
        ['{', ..] => null,
        var other => Sanitize(other),
    };

    private static string Type(FamilyKind kind) => kind switch
    {
        FamilyKind.Counter => "counter",
        FamilyKind.Histogram => "histogram",
        _ => "gauge",
    };

    private static void Append(StringBuilder text, string name, Series series)
    {
        var labels = series.Tags.Labels.Select(label => (Sanitize(label.Name), label.Value)).ToList();
        switch (series)
        {
            case SumSeries sum:
                AppendSample(text, name, labels, sum.Value);
                break;
            case LastSeries last:
                AppendSample(text, name, labels, last.Value);
                break;
            case HistogramSeries histogram:
                AppendHistogram(text, name, labels, histogram);
                break;
        }
    }

    private static void AppendHistogram(StringBuilder text, string name, List<(string, string)> labels, HistogramSeries histogram)
    {
        var (counts, sum) = histogram.Read();
        long below = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            below += counts[i];
            var bound = i < histogram.Bounds.Count ? histogram.Bounds[i].ToString("R", CultureInfo.InvariantCulture) : "+Inf";
            AppendSample(text, name + "_bucket", [.. labels, ("le", bound)], below);
        }

        AppendSample(text, name + "_sum", labels, sum);
        AppendSample(text, name + "_count", labels, below);
    }

    private static void AppendSample(StringBuilder text, string name, IReadOnlyList<(string Name, string Value)> labels, double value)
    {
        text.Append(name);
        if (labels.Count > 0)
            text.Append('{').AppendJoin(',', labels.Select(label => $"{label.Name}=\"{Escape(label.Value).Replace("\"", "\\\"", StringComparison.Ordinal)}\"")).Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Sanitize(string name)
    {
        var letters = name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' ? letter : '_');
        return string.Concat(char.IsAsciiDigit(name[0]) ? letters.Prepend('_') : letters);
    }
}
