// A loss of one's own, its gradient check, and its value on rows.
//
//   dotnet run -c Release --project samples/OwnLoss
using System.Globalization;
using NegSamples.Kernels;
using NegSamples.Samples.OwnLoss;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const int Samples = 256, Dimension = 64;
const float Temperature = 0.5f;

// The derivatives that the loss gives against the slopes of its value, in double.
RowLossCheck check = RowLossCheck.Of(new MarginLoss(0.2));
check.Require();
Console.WriteLine($"greatest error of a derivative: {check.GreatestError:E1}");

// Two views of random samples: the second is the first with a little noise.
Random random = new(1);
float[] z = new float[2 * Samples * Dimension], gradient = new float[z.Length];
for (int i = 0; i < z.Length / 2; i++)
{
    z[i] = random.NextSingle() - 0.5f;
    z[(z.Length / 2) + i] = z[i] + (0.2f * (random.NextSingle() - 0.5f));
}

UnitRows.Of(z, Dimension, z);
foreach (double margin in new[] { 0, 0.1, 0.2, 0.4 })
{
    double loss = ContrastiveLoss.OfViews(new MarginLoss(margin), z, Dimension, Temperature, gradient);
    double length = Math.Sqrt(gradient.Sum(x => (double)x * x));
    Console.WriteLine($"margin {margin:F1}: loss {loss:F6}, length of the gradient {length:F4}");
}

// Without a margin it is InfoNCE over both views.
Console.WriteLine($"NT-Xent: loss {ContrastiveLoss.NtXent(z, Dimension, Temperature):F6}");
