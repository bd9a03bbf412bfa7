using System.Runtime.InteropServices;

namespace NegSamples.Kernels.Cpu.MachineCode;

/// <summary>The generated transforms, made when the first is wanted. Only where <see cref="MachineCodeSupport.IsThere"/>.</summary>
internal static unsafe class GeneratedTransforms
{
    // Beside the arguments and not among them: a call is as short as filling it in would take.
    private static readonly TurnOrder* Order = PlaceOrder();

    private static readonly delegate* unmanaged[SuppressGCTransition]<TransformArguments*, void>
        InputsCode = (delegate* unmanaged[SuppressGCTransition]<TransformArguments*, void>)ExecutableCode.PlaceOrThrow(TransformWriter.Inputs()),
        GradientsCode = (delegate* unmanaged[SuppressGCTransition]<TransformArguments*, void>)ExecutableCode.PlaceOrThrow(TransformWriter.Gradients());

    /// <summary>See <see cref="TransformWriter.Inputs"/>.</summary>
    /// <param name="pixels">4 rows of 6 pixels.</param>
    /// <param name="channels">How many, a multiple of 16.</param>
    /// <param name="target">Receives the words of the first point.</param>
    /// <param name="ofPoint">Words from one point to the next.</param>
    public static void Inputs(ushort** pixels, int channels, uint* target, long ofPoint)
    {
        TransformArguments arguments = Arguments(pixels, channels, target, ofPoint);
        InputsCode(&arguments);
    }

    /// <summary>The same of 2 rows of 4 pixels; see <see cref="TransformWriter.Gradients"/>.</summary>
    public static void Gradients(ushort** pixels, int channels, uint* target, long ofPoint)
    {
        TransformArguments arguments = Arguments(pixels, channels, target, ofPoint);
        GradientsCode(&arguments);
    }

    private static TransformArguments Arguments(ushort** pixels, int channels, uint* target, long ofPoint) => new()
    {
        Pixels = pixels, Target = target, PointStride = ofPoint * sizeof(uint), ChannelBytes = channels * sizeof(ushort), Order = Order,
    };

    private static TurnOrder* PlaceOrder()
    {
        TurnOrder* order = (TurnOrder*)NativeMemory.AlignedAlloc((nuint)sizeof(TurnOrder), (nuint)sizeof(TurnOrder));
        *order = TurnOrder.InTurn;
        return order;
    }
}
