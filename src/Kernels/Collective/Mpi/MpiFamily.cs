namespace NegSamples.Kernels;

/// <summary>Libraries of MPI whose compiled interface is the same: what a program built for one of them finds in another.</summary>
internal enum MpiFamily
{
    /// <summary>Open MPI, versions 4 and 5.</summary>
    OpenMpi,

    /// <summary>MPICH and what is made of it: Intel MPI, MVAPICH, Cray MPICH, Microsoft MPI.</summary>
    Mpich,

    /// <summary>The interface that MPI 5.0 itself prescribes, whoever made the library.</summary>
    Standard,
}
