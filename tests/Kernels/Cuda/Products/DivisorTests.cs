using NegSamples.Kernels.Cuda.Products;

namespace NegSamples.Tests.Kernels.Cuda.Products;

public class DivisorTests
{
    [Fact]
    public void DividesAsIntegersDo()
    {
        Random random = new(3);
        int[] divisors = [1, 2, 3, 5, 7, 8, 224, 225, 1023, 1024, 1025, 65537, (1 << 30) - 1, 1 << 30, (1 << 30) + 1, int.MaxValue];
        foreach (int divisor in divisors)
        {
            Divisor division = new(divisor);
            for (int i = 0; i < 2000; i++)
            {
                // Just below and at a multiple is where a rounded reciprocal errs first.
                long multiple = (long)random.Next(0, int.MaxValue / divisor) * divisor;
                foreach (long number in new[] { multiple, multiple - 1, multiple + divisor - 1, random.Next(), int.MaxValue })
                {
                    if (number is >= 0 and <= int.MaxValue) Assert.Equal((int)number / divisor, division.Divide((int)number));
                }
            }
        }
    }

    [Fact]
    public void DividesEverySmallNumber()
    {
        foreach (int divisor in new[] { 1, 2, 3, 5, 6, 7, 8, 9, 49, 64, 72, 127, 129, 576, 4097, 16384, 16385, SmallDivisor.Limit - 1 })
        {
            SmallDivisor division = new(divisor);
            for (int number = 0; number < SmallDivisor.Limit; number++) Assert.Equal(number / divisor, division.Divide(number));
        }
    }
}
