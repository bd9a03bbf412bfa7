namespace NegSamples.Kernels;

public abstract partial class Ops
{
    /// <summary>The ranks that this device's operations are spread over; one by default.</summary>
    /// <remarks>Batch norms take their statistics over all ranks' rows, see <see cref="BatchNormForward"/>; other operations are this rank's alone.</remarks>
    internal Collective Collective { get; set; } = Collective.Alone;

    /// <summary>all = the ranks' own, one after the other in their order.</summary>
    /// <param name="own">[n, ...], float32 or int32.</param>
    /// <param name="all">Receives [P·n, ...], of the same type.</param>
    /// <exception cref="ArgumentException">A shape or type does not fit.</exception>
    internal void AllGather(Tensor own, Tensor all)
    {
        CheckOperands([own], [all]);
        CheckParts(own, all);
        if (own.Count == 0) return;
        if (Collective.Size == 1) CopyCore(own, all.Reshape(own[0], own[1], own[2], own[3]));
        else AllGatherCore(own, all);
    }

    /// <summary>own = this rank's part of the sum of all ranks' all, added in the order of the ranks.</summary>
    /// <param name="all">[P·n, ...], float32.</param>
    /// <param name="own">Receives [n, ...].</param>
    /// <exception cref="ArgumentException">A shape or type does not fit.</exception>
    internal void ReduceScatter(Tensor all, Tensor own)
    {
        CheckOperands([all], [own]);
        Check.Type(all, ElementType.Float32);
        CheckParts(own, all);
        if (own.Count == 0) return;
        if (Collective.Size == 1) CopyCore(all.Reshape(own[0], own[1], own[2], own[3]), own);
        else ReduceScatterCore(all, own);
    }

    /// <summary>x becomes the sum of all ranks' x, added in the order of the ranks: the same bits everywhere.</summary>
    /// <param name="x">Float32, of the same shape on every rank.</param>
    /// <exception cref="ArgumentException">It is of another type.</exception>
    internal void SumOverRanks(Tensor x)
    {
        CheckOperands([], [x]);
        Check.Type(x, ElementType.Float32);
        if (x.Count > 0 && Collective.Size > 1) SumOverRanksCore(x);
    }

    /// <summary>The device's part of <see cref="AllGather"/>, P above 1.</summary>
    private protected abstract void AllGatherCore(Tensor own, Tensor all);

    /// <summary>The device's part of <see cref="ReduceScatter"/>, P above 1.</summary>
    private protected abstract void ReduceScatterCore(Tensor all, Tensor own);

    /// <summary>The device's part of <see cref="SumOverRanks"/>, P above 1.</summary>
    private protected abstract void SumOverRanksCore(Tensor x);

    private void CheckParts(Tensor own, Tensor all)
    {
        Check.Present(own);
        Check.Type(all, own.Type);
        if (all[0] != (long)own[0] * Collective.Size || all.Count != own.Count * Collective.Size)
            throw new ArgumentException($"all is {all.ShapeText}; expected {Collective.Size} times {own.ShapeText}, a part of each rank.", nameof(all));
    }
}
