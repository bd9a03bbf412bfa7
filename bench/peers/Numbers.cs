namespace NegSamples.Peers;

/// <summary>Random numbers in our order of axes that every contender gets a copy of.</summary>
/// <param name="Values">The numbers, row-major.</param>
/// <param name="Shape">Images are [images, height, width, channels], filters [outputs, height, width, channels].</param>
internal sealed record Numbers(float[] Values, int[] Shape)
{
    /// <summary>Numbers spread evenly over −scale to scale, the same in every run.</summary>
    public static Numbers Random(int seed, float scale, params int[] shape)
    {
        Random random = new(seed);
        return new([.. Enumerable.Range(0, shape.Aggregate(1, (product, axis) => product * axis)).Select(_ => scale * ((2 * random.NextSingle()) - 1))], shape);
    }

    /// <summary>The same as rows of unit length.</summary>
    public static Numbers Units(int seed, int rows, int columns)
    {
        Numbers numbers = Random(seed, 1, rows, columns);
        for (int row = 0; row < rows; row++)
        {
            Span<float> of = numbers.Values.AsSpan(row * columns, columns);
            double squares = 0;
            foreach (float value in of) squares += (double)value * value;
            foreach (ref float value in of) value = (float)(value / Math.Sqrt(squares));
        }

        return numbers;
    }
}
