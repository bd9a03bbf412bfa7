using NegSamples.Kernels;
using NegSamples.Kernels.Cpu;
using NegSamples.Kernels.Cpu.MachineCode;

namespace NegSamples.Tests.Kernels.Cpu;

/// <summary>Products of words that become exponentials, generated and portable, beside float64.</summary>
public sealed unsafe class BFloat16ExponentialTests
{
    private const int Columns = MicroKernel.TileColumns, Step = MicroKernel.TileRows, RowGap = 48, PairGap = 40;
    private const double UnitRounding = 1.0 / (1 << 23); // the spacing of floats at 1

    public static TheoryData<int, bool> Cases
    {
        get
        {
            TheoryData<int, bool> cases = [];
            for (int form = 0; form <= (int)(ExponentialForm.Weights | ExponentialForm.Symmetric); form++)
            foreach (bool portable in new[] { false, true })
                cases.Add(form, portable);
            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void SumsAndWeightsAreThoseOfFloat64(int form, bool portable)
    {
        ExponentialForm wanted = (ExponentialForm)form;
        bool symmetric = wanted.HasFlag(ExponentialForm.Symmetric);
        foreach ((int groups, int words) in new[] { (1, 1), (3, 33) })
        {
            Run run = new(groups, words, wanted);
            Assert.True(run.Of(float.PositiveInfinity, portable));
            double[] sums = [.. Enumerable.Repeat(1.0, Columns)];
            for (int i = 0; i < groups * Step; i++)
            {
                double ofRow = 1;
                for (int j = 0; j < Columns; j++)
                {
                    (double e, double relative) = run.Exponential(i, j);
                    double weight = e * (symmetric ? run.Factors[j] + run.RowFactors[i] : run.Factors[j]);
                    sums[j] += symmetric ? e : weight;
                    ofRow += e;

                    // Rounded to 8 bits; the float's own error may move it to the neighbour.
                    double allowed = Math.Abs(weight) * (relative + (1.0 / 256));
                    if (wanted.HasFlag(ExponentialForm.ByRows)) Assert.Equal(weight, BFloat16.ToFloat(run.ByRows[(i * RowGap) + j]), allowed);
                    uint word = run.ByPairs[(i / 2 * PairGap) + j];
                    if (wanted.HasFlag(ExponentialForm.ByPairs)) Assert.Equal(weight, BFloat16.ToFloat((ushort)(i % 2 == 0 ? word : word >> 16)), allowed);
                }

                if (symmetric) Assert.Equal(ofRow, run.Lanes.AsSpan(i * LogitTile.LanesOfRow, LogitTile.LanesOfRow).ToArray().Sum(lane => (double)lane), 1e-5 * ofRow);
            }

            for (int j = 0; j < Columns; j++) Assert.Equal(sums[j], run.Sums[j], 1e-5 * sums[j]);
        }
    }

    /// <summary>One sum of eight above the limit is enough, a NaN is not above it and is seen in the sum.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void SumsAboveTheLimitAreRefused(bool portable)
    {
        Run run = new(2, 5, ExponentialForm.Sums);
        double most = 0;
        for (int group = 0; group < 2; group++)
        for (int j = 0; j < Columns; j++)
        {
            double sum = 0;
            for (int i = 0; i < Step; i++) sum += run.Exponential((group * Step) + i, j).Value * run.Factors[j];
            most = Math.Max(most, sum);
        }

        Assert.True(run.Of((float)(most * 1.001), portable));
        Assert.False(run.Of((float)(most * 0.999), portable));
        run.Shifts[7] = float.NaN;
        run.Sums[7] = 0;
        Assert.True(run.Of(float.MaxValue, portable));
        Assert.True(float.IsNaN(run.Sums[7]));
    }

    private sealed class Run
    {
        private readonly int groups, words;
        private readonly ExponentialForm form;
        private readonly ushort[] rows, columns;

        public Run(int groups, int words, ExponentialForm form)
        {
            (this.groups, this.words, this.form) = (groups, words, form);
            Random random = new(words);
            ushort[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => BFloat16.FromFloat((float)((2 * random.NextDouble()) - 1)))];
            (rows, columns) = (Numbers(groups * Step * words * 2), Numbers(words * Columns * 2));
            Shifts = [.. Enumerable.Range(0, Columns).Select(j => (j / 4f) - 5)];
            Factors = [.. Enumerable.Range(0, Columns).Select(_ => (float)random.NextDouble() + 0.1f)];
            RowFactors = [.. Enumerable.Range(0, groups * Step).Select(_ => (float)random.NextDouble())];
            (Sums, Lanes) = ([.. Enumerable.Repeat(1f, Columns)], [.. Enumerable.Repeat(1f / LogitTile.LanesOfRow, groups * Step * LogitTile.LanesOfRow)]);
            (ByRows, ByPairs) = (new ushort[groups * Step * RowGap], new uint[groups * Step / 2 * PairGap]);
        }

        public float[] Shifts { get; }

        public float[] Factors { get; }

        public float[] RowFactors { get; }

        public float[] Sums { get; }

        public float[] Lanes { get; }

        public ushort[] ByRows { get; }

        public uint[] ByPairs { get; }

        /// <summary>2^(s·scale + shift) of a row and a column, and by how much of its size floats may be off.</summary>
        public (double Value, double Relative) Exponential(int row, int column)
        {
            const double scale = 1.7f;
            double dot = 0, size = 0;
            for (int k = 0; k < 2 * words; k++)
            {
                int group = row / Step, place = (((group * words) + (k / 2)) * Step) + (row % Step);
                double product = (double)BFloat16.ToFloat(rows[(2 * place) + (k % 2)]) * BFloat16.ToFloat(columns[(2 * ((k / 2 * Columns) + column)) + (k % 2)]);
                (dot, size) = (dot + product, size + Math.Abs(product));
            }

            double exponent = (dot * scale) + Shifts[column];
            return (Math.Pow(2, exponent), UnitRounding * (4 + (scale * size * 2 * words) + Math.Abs(exponent)));
        }

        public bool Of(float limit, bool portable)
        {
            fixed (ushort* strips = rows, panel = columns, byRows = ByRows)
            {
                fixed (uint* byPairs = ByPairs)
                {
                    fixed (float* shifts = Shifts, factors = Factors, rowFactors = RowFactors, sums = Sums, lanes = Lanes)
                    {
                        ExponentialArguments arguments = new()
                        {
                            Strips = (uint*)strips, Panel = (uint*)panel, DepthBytes = words * sizeof(uint), Groups = groups, Shifts = shifts, Factors = factors,
                            RowFactors = form == ExponentialForm.Symmetric ? null : rowFactors, RowSums = lanes, Sums = sums, ByRows = byRows,
                            RowStride = RowGap * sizeof(ushort), ByPairs = byPairs, PairStride = PairGap * sizeof(uint), Scale = 1.7f, Limit = limit,
                        };
                        return portable ? BFloat16Kernel.ExponentialsPortable(arguments, form) : BFloat16Kernel.Exponentials(ref arguments, form);
                    }
                }
            }
        }
    }
}
