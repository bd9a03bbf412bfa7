using ILGPU;
using ILGPU.Algorithms;

namespace NegSamples.Kernels;

/// <summary>
/// One axis of a resize on the device: per output its first input, how far that lies from the output's centre, and the factor of its weights.
/// </summary>
/// <remarks>
/// The weights are those of <see cref="ResizeAxis"/>. They are formed from these three numbers where they are used: a table of them would be
/// twice as long as the crop, which may be larger than the view by any factor.
/// </remarks>
internal struct DeviceResizeAxis
{
    /// <summary>Numbers per output.</summary>
    public const int FloatsPerOutput = 3;

    public int Taps, Outputs;
    public float Slope;

    public DeviceResizeAxis(int input, int output, int taps)
    {
        (Taps, Outputs) = (taps, output);
        Slope = 1 / XMath.Max(1f, (float)input / output);
    }

    /// <summary>The block's threads fill the table of an axis.</summary>
    /// <param name="table"><see cref="FloatsPerOutput"/> numbers per output, one kind behind the other.</param>
    /// <param name="input">Length of the crop along the axis.</param>
    /// <param name="output">Length of the view along the axis.</param>
    /// <param name="taps">Inputs that one output reads.</param>
    /// <param name="mirrored">Whether output i is what output (output − 1 − i) would be.</param>
    /// <param name="scale">A factor of all weights.</param>
    public static void Fill(ArrayView<float> table, int input, int output, int taps, bool mirrored, double scale)
    {
        // Positions in double: a float's digits are used up by the whole part of a centre far from the edge.
        double step = (double)input / output, support = XMath.Max(1.0, step);
        float slope = (float)(1 / support);
        for (int at = Group.IdxX; at < output; at += Group.DimX)
        {
            double centre = ((mirrored ? output - 1 - at : at) + 0.5) * step;
            int first = XMath.Min(XMath.Max((int)(centre - support + 0.5), 0), input - taps);
            float distance = (float)(first + 0.5 - centre);
            double sum = 0;
            for (int tap = 0; tap < taps; tap++) sum += Weight(distance, tap, slope);
            table[at] = Interop.IntAsFloat((uint)first);
            table[output + at] = distance;
            table[(2 * output) + at] = (float)(scale / sum);
        }
    }

    public static int First(ArrayView<float> table, int output) => (int)Interop.FloatAsInt(table[output]);

    public readonly float Distance(ArrayView<float> table, int output) => table[Outputs + output];

    public readonly float Factor(ArrayView<float> table, int output) => table[(2 * Outputs) + output];

    /// <summary>The weight of an output's input before the factor.</summary>
    public static float Weight(float distance, int tap, float slope) => XMath.Max(0f, 1 - (XMath.Abs(distance + tap) * slope));

    /// <summary>One pixel of the view: Σ_y w_y Σ_x w_x·byte, straight from the crop.</summary>
    /// <param name="crop">The bytes from the crop's first on.</param>
    /// <param name="pitch">Bytes from row to row.</param>
    /// <param name="rows">The vertical axis, and its table.</param>
    /// <param name="rowTable">The table of <paramref name="rows"/>.</param>
    /// <param name="columns">The horizontal axis.</param>
    /// <param name="columnTable">The table of <paramref name="columns"/>.</param>
    /// <param name="y">Row of the view.</param>
    /// <param name="x">Column of the view.</param>
    public static PixelColor Pixel(
        ArrayView<byte> crop, long pitch, DeviceResizeAxis rows, ArrayView<float> rowTable, DeviceResizeAxis columns, ArrayView<float> columnTable, int y,
        int x)
    {
        float red = 0, green = 0, blue = 0, above = rows.Distance(rowTable, y), left = columns.Distance(columnTable, x);
        long row = (First(rowTable, y) * pitch) + (3L * First(columnTable, x));
        for (int i = 0; i < rows.Taps; i++)
        {
            float redOfRow = 0, greenOfRow = 0, blueOfRow = 0;
            long at = row;
            for (int j = 0; j < columns.Taps; j++)
            {
                float weight = Weight(left, j, columns.Slope);
                redOfRow += weight * crop[at];
                greenOfRow += weight * crop[at + 1];
                blueOfRow += weight * crop[at + 2];
                at += 3;
            }

            float weightOfRow = Weight(above, i, rows.Slope);
            red += weightOfRow * redOfRow;
            green += weightOfRow * greenOfRow;
            blue += weightOfRow * blueOfRow;
            row += pitch;
        }

        float factor = rows.Factor(rowTable, y) * columns.Factor(columnTable, x);
        return new(factor * red, factor * green, factor * blue);
    }
}
