using NegSamples.Kernels;
using NegSamples.Tests.Kernels.Cuda;
using static NegSamples.Tests.Kernels.Cuda.Pairs.CudaPairRows;

namespace NegSamples.Tests.Kernels;

/// <summary>Batches of several views in the PTX interpreter, against each loss's formula in double.</summary>
public class CudaManyViewsTests
{
    public static TheoryData<int, Precision> Cases
    {
        get
        {
            TheoryData<int, Precision> cases = [];
            for (int member = 0; member < RowLossTests.Family.Length; member++)
            foreach (Precision precision in Enum.GetValues<Precision>())
                if (RowLossTests.Family[member] is not SupervisedContrastive) cases.Add(member, precision);
            return cases;
        }
    }

    /// <summary>All negatives in every precision, and drawn ones, which are float32 in all of them.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void EveryOffsetErrsNoMoreThanItsOperands(int member, Precision precision)
    {
        const int samples = 13, views = 3, rows = views * samples, depth = 33;
        float[] z = Units(rows, depth), operands = Operands(z, precision);
        using CudaRig rig = new(precision);
        using Arena arena = rig.Ops.CreateArena("indices", ManyViews.BytesFor(samples, views));
        ManyViews many = new(arena, samples, views);
        Tensor device = Unit(rig, z, rows, depth);
        foreach (float temperature in new[] { 0.1f, 0.5f })
        for (int offset = 1; offset < views; offset++)
        {
            ContrastiveSettings settings = new(temperature, RowLossTests.Family[member]);
            ContrastiveBatch batch = many.AtOffset(device, offset);
            Pairing pairing = Pairing.AtOffset(samples, views, offset);
            CudaContrastiveLossTests.FamilyNear(rig, batch, settings, pairing, operands, operands, [], precision);
            NegativeSample sample = new(20, 7, 2);
            CudaContrastiveLossTests.FamilyNear(rig, batch with { Sample = sample }, settings, pairing.Drawn(sample), z, z, [], Precision.Float32);
        }
    }
}
