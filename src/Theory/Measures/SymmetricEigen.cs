using System.Runtime.CompilerServices;

namespace NegSamples.Theory.Measures;

/// <summary>Eigenvalues and eigenvectors of a small symmetric matrix by Jacobi's cyclic rotations (Golub and Van Loan, section 8.5).</summary>
internal static class SymmetricEigen
{
    private const int MostSweeps = 60;

    /// <summary>Values, descending, and their unit vectors.</summary>
    /// <param name="matrix">Symmetric; overwritten.</param>
    /// <remarks>About ten sweeps of 3·n³ multiply-adds in steps of a column: for n of a few hundred.
    /// Values alone are cheaper by <see cref="SymmetricSpectrum"/>.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (double[] Values, double[][] Vectors) Of(double[][] matrix)
    {
        int size = matrix.Length;
        double[][] vectors = [.. Enumerable.Range(0, size).Select(i => Enumerable.Range(0, size).Select(j => i == j ? 1.0 : 0).ToArray())];
        for (int sweep = 0; sweep < MostSweeps; sweep++)
        {
            bool rotated = false;
            for (int p = 0; p < size; p++)
            {
                for (int q = p + 1; q < size; q++)
                {
                    // Below the rounding of the diagonal a rotation changes nothing.
                    if (Math.Abs(matrix[p][q]) <= 1e-17 * Math.Sqrt(Math.Abs(matrix[p][p] * matrix[q][q]))) continue;
                    Rotate(matrix, vectors, p, q);
                    rotated = true;
                }
            }

            if (!rotated) break;
        }

        int[] order = [.. Enumerable.Range(0, size).OrderByDescending(i => matrix[i][i])];
        return ([.. order.Select(i => matrix[i][i])], [.. order.Select(i => vectors[i])]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rotate(double[][] matrix, double[][] vectors, int p, int q)
    {
        double theta = (matrix[q][q] - matrix[p][p]) / (2 * matrix[p][q]);
        double tangent = (theta < 0 ? -1 : 1) / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1));
        double cosine = 1 / Math.Sqrt((tangent * tangent) + 1), sine = tangent * cosine;
        for (int k = 0; k < matrix.Length; k++)
            (matrix[k][p], matrix[k][q]) = ((cosine * matrix[k][p]) - (sine * matrix[k][q]), (sine * matrix[k][p]) + (cosine * matrix[k][q]));
        for (int k = 0; k < matrix.Length; k++)
            (matrix[p][k], matrix[q][k]) = ((cosine * matrix[p][k]) - (sine * matrix[q][k]), (sine * matrix[p][k]) + (cosine * matrix[q][k]));
        matrix[p][q] = matrix[q][p] = 0;
        for (int k = 0; k < matrix.Length; k++)
            (vectors[p][k], vectors[q][k]) = ((cosine * vectors[p][k]) - (sine * vectors[q][k]), (sine * vectors[p][k]) + (cosine * vectors[q][k]));
    }
}
