namespace NegSamples.Augment.Data.Shapes;

/// <summary>How far a point lies outside (above 0) or inside (below 0) each shape of the built-in data set.</summary>
/// <remarks>
/// Every shape lies within the unit circle. The numbers are half-plane and circle distances joined by minimum and maximum: exact near
/// an edge, which is all that anti-aliasing needs, and sharper than the Euclidean distance at a corner.
/// </remarks>
internal static class ShapeDistance
{
    /// <summary>The shapes in label order.</summary>
    public static readonly string[] Names = ["circle", "square", "triangle", "star", "cross", "ring", "crescent", "arrow", "heart", "pentagon"];

    // Radii and half lengths in units of the bounding circle.
    internal const float CircleRadius = 0.85f, SquareHalf = 0.7f, TriangleInner = 0.5f, StarInner = 0.305f, CrossLength = 0.9f, CrossHalf = 0.28f;
    internal const float RingOuter = 0.92f, RingInner = 0.52f, CrescentRadius = 0.92f, BiteRadius = 0.74f, BiteOffset = 0.46f;
    internal const float ArrowTip = 0.95f, HeadBase = 0.05f, HeadHalf = 0.8f, ShaftHalf = 0.24f, ShaftEnd = -0.9f;
    internal const float HeartSide = 1.05f, HeartRise = 0.077f, PentagonInner = 0.76f;

    /// <summary>The distance of a point from a shape, in units of the bounding circle.</summary>
    public static float Of(int shape, float x, float y) => shape switch
    {
        0 => Length(x, y) - CircleRadius,
        1 => Box(x, y, SquareHalf, SquareHalf),
        2 => MathF.Max(-y, (Cos30 * MathF.Abs(x)) + (0.5f * y)) - TriangleInner,
        3 => FiveLines(x, y, star: true) - StarInner,
        4 => MathF.Min(Box(x, y, CrossLength, CrossHalf), Box(x, y, CrossHalf, CrossLength)),
        5 => MathF.Max(Length(x, y) - RingOuter, RingInner - Length(x, y)),
        6 => MathF.Max(Length(x, y) - CrescentRadius, BiteRadius - Length(x - BiteOffset, y)),
        7 => Arrow(x, y),
        8 => Heart(x, y),
        9 => FiveLines(x, y, star: false) - PentagonInner,
        _ => throw new ArgumentOutOfRangeException(nameof(shape), $"shape is {shape}; expected 0 to {Names.Length - 1}."),
    };

    private const float Cos30 = 0.8660254f, HalfRoot = 0.70710678f;

    // Cosine and sine of 72 and 144 degrees: the normals of a pentagon's sides, one of which points along y.
    private const float Cos72 = 0.30901699f, Sin72 = 0.95105652f, Cos144 = -0.80901699f, Sin144 = 0.58778525f;

    private static float Length(float x, float y) => MathF.Sqrt((x * x) + (y * y));

    private static float Box(float x, float y, float halfWidth, float halfHeight) => MathF.Max(MathF.Abs(x) - halfWidth, MathF.Abs(y) - halfHeight);

    /// <summary>A point is in the pentagon when it is on the inner side of all five lines, and in the five-pointed star when of at least four.</summary>
    private static float FiveLines(float x, float y, bool star)
    {
        x = MathF.Abs(x); // the lines on the left are farther than their mirrors on the right, but may be second
        float top = y, upper = (Sin72 * x) + (Cos72 * y), lower = (Sin144 * x) + (Cos144 * y);
        if (!star) return MathF.Max(top, MathF.Max(upper, lower));
        float left = MathF.Max((Cos72 * y) - (Sin72 * x), (Cos144 * y) - (Sin144 * x));
        float most = MathF.Max(top, upper), second = MathF.Min(top, upper);
        second = MathF.Max(second, MathF.Min(most, lower));
        most = MathF.Max(most, lower);
        return MathF.Max(second, MathF.Min(most, left));
    }

    private static float Arrow(float x, float y)
    {
        float across = MathF.Abs(x), rise = ArrowTip - HeadBase, slope = Length(rise, HeadHalf);
        float head = MathF.Max(HeadBase - y, ((rise * across) + (HeadHalf * (y - ArrowTip))) / slope);

        // The shaft reaches into the head, so that no seam is seen between them.
        float shaft = MathF.Max(across - ShaftHalf, MathF.Max(ShaftEnd - y, y - (HeadBase + (0.25f * rise))));
        return MathF.Min(head, shaft);
    }

    /// <summary>A heart is a square on its corner with a half circle on each upper side.</summary>
    private static float Heart(float x, float y)
    {
        const float lobe = HeartSide * HalfRoot / 2;
        x = MathF.Abs(x);
        y += HeartRise;
        return MathF.Min(((x + MathF.Abs(y)) * HalfRoot) - (HeartSide / 2), Length(x - lobe, y - lobe) - (HeartSide / 2));
    }
}
