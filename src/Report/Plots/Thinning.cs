namespace NegSamples.Report.Plots;

/// <summary>Draws a curve with no more points than can be seen.</summary>
internal static class Thinning
{
    /// <summary>Keeps of each column of pixels the first, lowest, highest and last point: the same picture, at most four points a pixel.
    /// Curves that do not run from left to right stay as they are.</summary>
    public static Pixel[] Thin(Pixel[] curve)
    {
        for (int i = 1; i < curve.Length; i++)
        {
            if (curve[i].X < curve[i - 1].X) return curve;
        }

        List<Pixel> kept = [];
        for (int first = 0, end; first < curve.Length; first = end)
        {
            double column = Math.Floor(curve[first].X);
            int lowest = first, highest = first;
            for (end = first + 1; end < curve.Length && Math.Floor(curve[end].X) == column; end++)
            {
                if (curve[end].Y > curve[lowest].Y) lowest = end;
                if (curve[end].Y < curve[highest].Y) highest = end;
            }

            int[] order = [first, Math.Min(lowest, highest), Math.Max(lowest, highest), end - 1];
            kept.AddRange(order.Distinct().Select(i => curve[i]));
        }

        return [.. kept];
    }
}
