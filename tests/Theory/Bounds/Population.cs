using NegSamples.Theory.Bounds;
using NegSamples.Theory.Coverage;

namespace NegSamples.Tests.Theory.Bounds;

/// <summary>A finite population of unit vectors: classes of given weights, samples and augmentations equally likely, all drawn independently. Every expectation is an
/// enumerated sum.</summary>
internal sealed class Population
{
    private readonly int classes, negatives;
    private readonly double temperature;
    private readonly double[][][][] vectors;
    private readonly double[][] means;
    private readonly double[] weights;

    /// <summary>vectors[c][x][a] is the embedding of augmentation a of sample x of class c. With classPositives the positive is any view of the
    /// class, otherwise a view of the same sample.</summary>
    public Population(double[][][][] vectors, int negatives, double temperature, bool classPositives = false, double[]? classWeights = null)
    {
        this.vectors = classPositives ? [.. vectors.Select(samples => new[] { samples.SelectMany(views => views).ToArray() })] : vectors;
        classes = vectors.Length;
        this.negatives = negatives;
        Classes = classWeights is null ? ClassDistribution.Uniform(classes) : ClassDistribution.Proportional(classWeights);
        weights = [.. Enumerable.Range(0, classes).Select(c => classWeights is null ? 1.0 / classes : classWeights[c] / classWeights.Sum())];
        this.temperature = temperature;
        means = [.. this.vectors.Select(samples => Mean(samples.Select(Mean)))];
        Enumerate();
    }

    public ClassDistribution Classes { get; }

    public double[] MeanNorms => [.. means.Select(mean => Math.Sqrt(Dot(mean, mean)))];

    public double Contrastive { get; private set; }

    public double Jensen { get; private set; }

    public double Clipped { get; private set; }

    public double Linear { get; private set; }

    public double Supervised { get; private set; }

    public double Covered { get; private set; }

    public double Partial { get; private set; }

    public double Curl { get; private set; }

    public double CurlPartial { get; private set; }

    public double LogCollision { get; private set; }

    public BoundTerms Terms() => new()
    {
        Classes = Classes, LargestMeanNorm = Math.Min(1, MeanNorms.Max()), Negatives = negatives, Temperature = temperature, ContrastiveLoss = Contrastive, CollisionTerm = LogCollision,
        PartialLoss = Partial, CurlPartialLoss = CurlPartial, Assumption = Clipped, LinearAssumption = Linear,
    };

    public static double[][][][] Random(Random random, int classes, int samples, int views, int dimension) =>
        [.. Enumerable.Range(0, classes).Select(_ => Enumerable.Range(0, samples).Select(_ => Enumerable.Range(0, views).Select(_ => Unit(random, dimension)).ToArray()).ToArray())];

    public static double[] Unit(Random random, int dimension)
    {
        double[] vector = [.. Enumerable.Range(0, dimension).Select(_ => random.NextDouble() - 0.5)];
        double norm = Math.Sqrt(vector.Sum(x => x * x));
        return [.. vector.Select(x => x / norm)];
    }

    public static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static double[] Mean(IEnumerable<double[]> rows)
    {
        double[][] all = [.. rows];
        return [.. Enumerable.Range(0, all[0].Length).Select(d => all.Average(row => row[d]))];
    }

    private void Enumerate()
    {
        (int Class, double[] Vector)[] negativesPool = [.. vectors.SelectMany((samples, c) => samples.SelectMany(views => views.Select(view => (c, view))))];
        double each = 1.0 / (vectors[0].Length * vectors[0][0].Length);
        for (int c = 0; c < classes; c++)
        {
            double probability = weights[c] * each;
            foreach (double[][] sample in vectors[c])
            {
                double[] average = Mean(sample);
                foreach (double[] z in sample)
                {
                    double[] logits = [.. means.Select(mean => Dot(z, mean) / temperature)];
                    double delta = logits[c] - (Dot(z, average) / temperature);
                    Clipped += probability * Math.Min(0, delta);
                    Linear += probability * delta;
                    Supervised += probability * (Math.Log(logits.Sum(Math.Exp)) - logits[c]);
                    foreach (double[] positive in sample)
                        for (long code = 0; code < Math.Pow(negativesPool.Length, negatives); code++)
                        {
                            double ofNegatives = Drawn(code, negativesPool.Length).Aggregate(1.0, (product, k) => product * weights[negativesPool[k].Class] * each);
                            Contrastive += probability / sample.Length * ofNegatives * OneContrastive(z, positive, negativesPool, code);
                        }

                    for (long code = 0; code < Math.Pow(classes, negatives); code++)
                        AddClassTerms(c, logits, code, Drawn(code, classes).Aggregate(probability, (product, k) => product * weights[k]));
                }
            }
        }
    }

    private IEnumerable<int> Drawn(long code, int choices)
    {
        for (int k = 0; k < negatives; k++, code /= choices) yield return (int)(code % choices);
    }

    private double OneContrastive(double[] z, double[] positive, (int Class, double[] Vector)[] pool, long code)
    {
        double sum = 1;
        for (int k = 0; k < negatives; k++, code /= pool.Length) sum += Math.Exp((Dot(z, pool[code % pool.Length].Vector) - Dot(z, positive)) / temperature);
        return Math.Log(sum);
    }

    private void AddClassTerms(int c, double[] logits, long code, double probability)
    {
        List<int> drawn = [c];
        for (int k = 0; k < negatives; k++, code /= classes) drawn.Add((int)(code % classes));
        int collisions = drawn.Count(other => other == c) - 1;
        double loss = Math.Log(drawn.Distinct().Sum(other => Math.Exp(logits[other]))) - logits[c];
        bool covers = drawn.Distinct().Count() == classes;
        Jensen += probability * (Math.Log(drawn.Sum(other => Math.Exp(logits[other]))) - logits[c]);
        LogCollision += probability * Math.Log(collisions + 1);
        if (covers) Covered += probability * loss;
        else Partial += probability * loss;
        if (collisions == 0) Curl += probability * loss;
        if (collisions == 0 && !covers) CurlPartial += probability * loss;
    }
}
