namespace NegSamples.Kernels;

/// <summary>The two functions of a row's formula: the host's or a kernel's.</summary>
internal interface IRowMath
{
    static abstract double Exp(double x);

    static abstract double Log(double x);
}

/// <summary>The host's functions.</summary>
internal readonly struct HostMath : IRowMath
{
    public static double Exp(double x) => Math.Exp(x);

    public static double Log(double x) => Math.Log(x);
}
