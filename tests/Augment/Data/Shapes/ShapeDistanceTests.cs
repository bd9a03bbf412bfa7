using NegSamples.Augment.Data.Shapes;

namespace NegSamples.Tests.Augment.Data.Shapes;

public class ShapeDistanceTests
{
    /// <summary>The share of a fine grid that lies inside is the area of the shape by its own formula.</summary>
    [Theory]
    [InlineData("circle")]
    [InlineData("square")]
    [InlineData("triangle")]
    [InlineData("star")]
    [InlineData("cross")]
    [InlineData("ring")]
    [InlineData("crescent")]
    [InlineData("arrow")]
    [InlineData("heart")]
    [InlineData("pentagon")]
    public void TheAreaIsThatOfTheShape(string name)
    {
        const int cells = 1200;
        int shape = Array.IndexOf(ShapeDistance.Names, name), inside = 0;
        double furthest = 0;
        for (int row = 0; row < cells; row++)
        {
            for (int column = 0; column < cells; column++)
            {
                double x = ((column + 0.5) * 2.2 / cells) - 1.1, y = ((row + 0.5) * 2.2 / cells) - 1.1;
                if (ShapeDistance.Of(shape, (float)x, (float)y) > 0) continue;
                inside++;
                furthest = Math.Max(furthest, Math.Sqrt((x * x) + (y * y)));
            }
        }

        // A boundary of length up to 12 crosses 12 / (2.2 / 1200) cells, whose errors of half a cell mostly cancel.
        Assert.InRange(inside * Math.Pow(2.2 / cells, 2) / Area(name), 0.998, 1.002);
        Assert.InRange(furthest, 0.8, 1.0);
    }

    /// <summary>Half a pixel of anti-aliasing is right only when the distance grows by one per unit across an edge.</summary>
    [Fact]
    public void TheDistanceHasSlopeOneAlmostEverywhere()
    {
        const double step = 1e-3;
        Random random = new(3);
        for (int shape = 0; shape < ShapeDistance.Names.Length; shape++)
        {
            int right = 0;
            for (int trial = 0; trial < 2000; trial++)
            {
                float x = (random.NextSingle() * 2) - 1, y = (random.NextSingle() * 2) - 1;
                double dx = ShapeDistance.Of(shape, x + (float)step, y) - ShapeDistance.Of(shape, x - (float)step, y);
                double dy = ShapeDistance.Of(shape, x, y + (float)step) - ShapeDistance.Of(shape, x, y - (float)step);
                if (Math.Abs((Math.Sqrt((dx * dx) + (dy * dy)) / (2 * step)) - 1) < 0.01) right++;
            }

            Assert.InRange(right, 1950, 2000); // the rest lies on a seam between two edges
        }
    }

    private static double Area(string name)
    {
        double circle = ShapeDistance.CircleRadius, outer = ShapeDistance.RingOuter, inner = ShapeDistance.RingInner;
        double arm = ShapeDistance.CrossLength, half = ShapeDistance.CrossHalf, side = ShapeDistance.HeartSide, pentagon = ShapeDistance.PentagonInner;
        double shaft = ShapeDistance.HeadBase - ShapeDistance.ShaftEnd, head = ShapeDistance.ArrowTip - ShapeDistance.HeadBase;
        return name switch
        {
            "circle" => Math.PI * circle * circle,
            "square" => 4 * Math.Pow(ShapeDistance.SquareHalf, 2),
            "triangle" => 3 * Math.Sqrt(3) * Math.Pow(ShapeDistance.TriangleInner, 2),
            "star" => Star(ShapeDistance.StarInner),
            "cross" => (8 * arm * half) - (4 * half * half),
            "ring" => Math.PI * ((outer * outer) - (inner * inner)),
            "crescent" => (Math.PI * Math.Pow(ShapeDistance.CrescentRadius, 2)) - Lens(ShapeDistance.CrescentRadius, ShapeDistance.BiteRadius, ShapeDistance.BiteOffset),
            "arrow" => (2 * ShapeDistance.ShaftHalf * shaft) + (head * ShapeDistance.HeadHalf),
            "heart" => (side * side) + (Math.PI * side * side / 4),
            "pentagon" => 5 * pentagon * pentagon * Math.Tan(Math.PI / 5),
            _ => throw new ArgumentException(name, nameof(name)),
        };
    }

    /// <summary>A pentagon of this inner radius with a triangle of base angles 72° on each side.</summary>
    private static double Star(double inner)
    {
        double side = 2 * inner * Math.Tan(Math.PI / 5);
        return (5 * inner * inner * Math.Tan(Math.PI / 5)) + (5 * side * side / 4 * Math.Tan(2 * Math.PI / 5));
    }

    /// <summary>The area that two circles share whose centres lie d apart.</summary>
    private static double Lens(double r, double s, double d)
    {
        double a = Math.Acos(((d * d) + (r * r) - (s * s)) / (2 * d * r)), b = Math.Acos(((d * d) + (s * s) - (r * r)) / (2 * d * s));
        return (r * r * (a - (Math.Sin(2 * a) / 2))) + (s * s * (b - (Math.Sin(2 * b) / 2)));
    }
}
