using System.Numerics.Tensors;
using NegSamples.Kernels;
using NegSamples.Theory.Measures;

namespace NegSamples.Study.Embeddings;

/// <summary>The directions of largest variance of a set of rows.</summary>
/// <remarks>
/// In float64: the D × D covariance (1/n), then orthogonal iteration on a block somewhat wider than asked, with a Rayleigh-Ritz step each time
/// (Golub and Van Loan, <i>Matrix Computations</i>, section 8.2). Cost n·D² + iterations·D²·block. The sign of a direction is such that its
/// largest component, the first of equal ones, is positive. A direction without variance is the zero vector.
/// </remarks>
internal sealed class PrincipalComponents
{
    private const int Oversampling = 6, MostIterations = 1000;
    private const double Tolerance = 1e-12; // of the total variance

    private readonly double[] mean;
    private readonly double[][] directions;

    private PrincipalComponents(double[] mean, double[][] directions, double[] variances, double totalVariance)
    {
        this.mean = mean;
        this.directions = directions;
        Variances = variances;
        TotalVariance = totalVariance;
    }

    /// <summary>The directions, each of length D.</summary>
    public IReadOnlyList<double[]> Directions => directions;

    /// <summary>The variance along each direction, descending.</summary>
    public IReadOnlyList<double> Variances { get; }

    /// <summary>The trace of the covariance.</summary>
    public double TotalVariance { get; }

    /// <summary>Finds the directions.</summary>
    /// <param name="rows">[n, D], row-major.</param>
    /// <param name="dimension">D.</param>
    /// <param name="components">How many, at most D.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static PrincipalComponents Of(ReadOnlySpan<float> rows, int dimension, int components, CancellationToken stop = default)
    {
        double[] mean = Mean(rows, dimension);
        double[][] covariance = Covariance(rows, dimension, mean, stop);
        double total = Enumerable.Range(0, dimension).Sum(i => covariance[i][i]);
        int width = Math.Min(dimension, components + Oversampling);
        double[][] block = Start(dimension, width);
        Orthonormalise(block);
        double[] variances = new double[width];
        for (int iteration = 0; iteration < MostIterations; iteration++)
        {
            stop.ThrowIfCancellationRequested();

            // Ritz vectors: the block turned so that it diagonalises the covariance within its span.
            double[][] images = [.. block.Select(vector => Times(covariance, vector))];
            double[][] projected = [.. block.Select(vector => images.Select(image => TensorPrimitives.Dot<double>(vector, image)).ToArray())];
            (variances, double[][] turns) = SymmetricEigen.Of(projected);
            block = Turn(block, turns);
            images = Turn(images, turns);
            if (Residual(block, images, variances, components) <= Tolerance * total) break;
            block = images;
            Orthonormalise(block);
        }

        double[][] directions = block[..components];
        foreach (double[] direction in directions)
        {
            int largest = TensorPrimitives.IndexOfMaxMagnitude<double>(direction);
            if (direction[largest] < 0) TensorPrimitives.Negate<double>(direction, direction);
        }

        return new PrincipalComponents(mean, directions, variances[..components], total);
    }

    /// <summary>A row's coordinate along one direction.</summary>
    /// <param name="row">[D].</param>
    /// <param name="component">The direction's place.</param>
    public double Project(ReadOnlySpan<float> row, int component)
    {
        double sum = 0;
        double[] direction = directions[component];
        for (int i = 0; i < row.Length; i++) sum += (row[i] - mean[i]) * direction[i];
        return sum;
    }

    private static double[] Mean(ReadOnlySpan<float> rows, int dimension)
    {
        double[] mean = new double[dimension];
        int count = rows.Length / dimension;
        for (int i = 0; i < rows.Length; i++) mean[i % dimension] += rows[i];
        TensorPrimitives.Divide<double>(mean, count, mean);
        return mean;
    }

    private static double[][] Covariance(ReadOnlySpan<float> rows, int dimension, double[] mean, CancellationToken stop)
    {
        double[][] covariance = Zeros(dimension, dimension);
        double[] row = new double[dimension];
        int count = rows.Length / dimension;
        for (int sample = 0; sample < count; sample++)
        {
            stop.ThrowIfCancellationRequested();
            for (int i = 0; i < dimension; i++) row[i] = rows[(sample * dimension) + i] - mean[i];
            for (int i = 0; i < dimension; i++)
            {
                Span<double> upper = covariance[i].AsSpan(i);
                TensorPrimitives.MultiplyAdd(row.AsSpan(i), row[i], upper, upper);
            }
        }

        for (int i = 0; i < dimension; i++)
        {
            for (int j = i; j < dimension; j++) covariance[j][i] = covariance[i][j] /= count;
        }

        return covariance;
    }

    private static double[][] Start(int dimension, int width)
    {
        double[][] block = Zeros(width, dimension);
        for (int vector = 0; vector < width; vector++)
        {
            Philox random = new(0, RandomPurpose.Evaluation, sample: (uint)vector);
            for (int i = 0; i < dimension; i++) block[vector][i] = random.Normal((uint)i);
        }

        return block;
    }

    /// <summary>Gram and Schmidt's method, modified and done twice; what vanishes becomes zero.</summary>
    private static void Orthonormalise(double[][] block)
    {
        for (int vector = 0; vector < block.Length; vector++)
        {
            double before = TensorPrimitives.Norm<double>(block[vector]);
            for (int pass = 0; pass < 2; pass++)
            {
                for (int other = 0; other < vector; other++)
                    TensorPrimitives.MultiplyAdd<double>(block[other], -TensorPrimitives.Dot<double>(block[vector], block[other]), block[vector],
                        block[vector]);
            }

            double norm = TensorPrimitives.Norm<double>(block[vector]);
            TensorPrimitives.Multiply<double>(block[vector], norm > 1e-14 * before ? 1 / norm : 0, block[vector]);
        }
    }

    private static double[] Times(double[][] matrix, double[] vector) => [.. matrix.Select(row => TensorPrimitives.Dot<double>(row, vector))];

    private static double[][] Turn(double[][] block, double[][] turns)
    {
        double[][] turned = Zeros(block.Length, block[0].Length);
        for (int i = 0; i < block.Length; i++)
        {
            for (int j = 0; j < block.Length; j++) TensorPrimitives.MultiplyAdd<double>(block[j], turns[i][j], turned[i], turned[i]);
        }

        return turned;
    }

    private static double Residual(double[][] block, double[][] images, double[] variances, int components)
    {
        double largest = 0;
        double[] difference = new double[block[0].Length];
        for (int i = 0; i < components; i++)
        {
            TensorPrimitives.MultiplyAdd<double>(block[i], -variances[i], images[i], difference);
            largest = Math.Max(largest, TensorPrimitives.Norm<double>(difference));
        }

        return largest;
    }

    private static double[][] Zeros(int rows, int columns) => [.. Enumerable.Range(0, rows).Select(_ => new double[columns])];
}
