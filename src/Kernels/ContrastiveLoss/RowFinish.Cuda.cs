using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Pairs;

namespace NegSamples.Kernels;

/// <summary>The losses whose formula kernels know; of any other the host does the rows.</summary>
internal enum RowFormula
{
    Host,
    InfoNce,
    Decoupled,
    Debiased,
    HardNegatives,
    SupervisedContrastive,
    Sigmoid,
}

/// <summary>What turns a row's sums into its loss and the factors of its weights, by value to a kernel.</summary>
internal struct RowFinish
{
    public double Temperature, Exponent, Tilt, Bias;
    public int Rows, AllRows, Keys, Splits;

    /// <summary>K, or 0 for all negatives.</summary>
    public int Drawn;
    public RowFormula Formula;
    public LabelRule Labels;
    private double positivePrior, hardness;

    /// <summary>Whether kernels know the formula.</summary>
    public static bool IsKnown(RowLoss formula) => Of(new ContrastiveSettings(1, formula), 1, 1, 1).Formula != RowFormula.Host;

    public static RowFinish Of(in ContrastiveSettings settings, in ContrastiveBatch batch, LabelRule labels, int allRows, int splits) =>
        Of(settings, batch.Queries[0], allRows, splits) with { Keys = batch.Keys[0], Labels = labels, Drawn = batch.Sample.Negatives };

    /// <summary>What the sums of parts of the keys have still to become: whose keys are counted already.</summary>
    public static RowFinish Of(in ContrastiveSettings settings, int rows, int allRows, int splits)
    {
        RowFinish finish = new()
        {
            Temperature = settings.Temperature, Exponent = settings.Loss.Exponent, Tilt = settings.Loss.Tilt, Bias = settings.Bias, Rows = rows,
            AllRows = allRows, Splits = splits,
        };
        switch (settings.Loss)
        {
            case InfoNce: finish.Formula = RowFormula.InfoNce; break;
            case Decoupled: finish.Formula = RowFormula.Decoupled; break;
            case Debiased debiased: (finish.Formula, finish.positivePrior) = (RowFormula.Debiased, debiased.PositivePrior); break;
            case HardNegatives hard: (finish.Formula, finish.positivePrior, finish.hardness) = (
                RowFormula.HardNegatives, hard.PositivePrior, hard.Hardness); break;
            case SupervisedContrastive: finish.Formula = RowFormula.SupervisedContrastive; break;
            case Sigmoid: finish.Formula = RowFormula.Sigmoid; break;
        }

        return finish;
    }

    /// <summary>The formula that kernels know.</summary>
    public readonly RowResult Result(in RowSums sums)
    {
        if (Formula == RowFormula.InfoNce) return InfoNce.Of<DeviceMath>(sums);
        if (Formula == RowFormula.Decoupled) return Decoupled.Of<DeviceMath>(sums);
        if (Formula == RowFormula.Debiased) return Debiased.Of<DeviceMath>(sums, positivePrior);
        if (Formula == RowFormula.HardNegatives) return HardNegatives.Of<DeviceMath>(sums, positivePrior, hardness);
        if (Formula == RowFormula.Sigmoid) return Sigmoid.Of<DeviceMath>(sums);
        return SupervisedContrastive.Of<DeviceMath>(sums);
    }

    /// <summary>The weights' factors, each over N·T.</summary>
    public readonly RowFactors Factors(in RowResult result, int negatives, float maximum) =>
        RowFactors.Of(result, negatives, maximum, Exponent, Tilt, 1 / (AllRows * Temperature));
}
