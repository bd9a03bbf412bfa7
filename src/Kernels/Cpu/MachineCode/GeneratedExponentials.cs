using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cpu.MachineCode;

/// <summary>The generated products whose sums become exponentials, as <see cref="GeneratedTiles"/> has the plain ones.</summary>
internal static unsafe class GeneratedExponentials
{
    private static readonly delegate* unmanaged[SuppressGCTransition]<ExponentialArguments*, void>[] Forms = PlaceAll();

    /// <summary>See <see cref="TileWriter.Exponentials"/>.</summary>
    public static void Run(ExponentialArguments* arguments, ExponentialForm form) => Forms[(int)form](arguments);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static delegate* unmanaged[SuppressGCTransition]<ExponentialArguments*, void>[] PlaceAll()
    {
        var forms = new delegate* unmanaged[SuppressGCTransition]<ExponentialArguments*, void>[(int)(ExponentialForm.Weights | ExponentialForm.Symmetric) + 1];
        for (int form = 0; form < forms.Length; form++)
        {
            forms[form] = (delegate* unmanaged[SuppressGCTransition]<ExponentialArguments*, void>)ExecutableCode.PlaceOrThrow(
                TileWriter.Exponentials((ExponentialForm)form));
        }

        return forms;
    }
}
