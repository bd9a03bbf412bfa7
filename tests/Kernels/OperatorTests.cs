using System.Reflection;
using NegSamples.Kernels;
using NegSamples.Tests.Kernels.Cuda;

namespace NegSamples.Tests.Kernels;

/// <summary>What every operation must do, for every record of <see cref="OperatorTable"/>.</summary>
public sealed class OperatorTests : IDisposable
{
    // Methods of Ops, for users or for siblings, that are no operation on tensors.
    // What ranks exchange is nothing on one of them, and has tests over several of its own.
    private static readonly string[] NoOperations =
        ["CreateArena", "From", "Zeros", "CreateWholeStep", "Synchronize", "Dispose", "LeavesColumnStatistics", "OutputLength", "AllGather", "ReduceScatter", "SumOverRanks", "Forget", "BlurRadius"];

    private readonly CpuOps[] devices = [new(1), new(2), new(3), new(7)];

    public static TheoryData<string> Names => [.. OperatorTable.All.Select(of => of.Name)];

    [Fact]
    public void EveryOperationIsInTheTable()
    {
        IEnumerable<string> operations = typeof(Ops)
            .GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Where(method => (method.IsPublic || method.IsAssembly) && !method.IsSpecialName && !method.Name.Contains('<', StringComparison.Ordinal)).Select(method => method.Name).Except(NoOperations);
        Assert.Equal(operations.Distinct().Order(StringComparer.Ordinal), OperatorTable.All.Select(of => of.Method).Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>At every size all results are written and finite, nothing else changes, and the bits are the same in every run and for any number of threads.</summary>
    [Theory, MemberData(nameof(Names))]
    public void EverySizeIsComputedOnceAndForAll(string name)
    {
        Operator of = OperatorTable.Of(name);
        foreach (int[] size in of.Sizes())
        {
            int[]? first = null;
            foreach (CpuOps ops in devices)
            {
                using OperatorRun run = new(ops, of, size);
                int[] before = run.Image;
                if (IsRefused(run, before)) continue;
                run.Call();
                int[] after = run.Image;
                first ??= after;
                Assert.True(first.AsSpan().SequenceEqual(after), $"{run} has other bits with {ops.Threads} threads.");
                run.Image = before;
                run.Call();
                Assert.True(first.AsSpan().SequenceEqual(run.Image), $"{run} has other bits the second time.");
                run.AssertOnlyResultsChanged(before, after);
                AssertWrittenAndFinite(run, after);
            }
        }
    }

    /// <summary>What is overwritten does not depend on what was there.</summary>
    [Theory, MemberData(nameof(Names))]
    public void AResultDoesNotDependOnWhatItReplaces(string name)
    {
        Operator of = OperatorTable.Of(name);
        using OperatorRun run = new(devices[1], of, of.Base), other = new(devices[1], of, of.Base, unwritten: BitConverter.SingleToInt32Bits(3));
        run.Call();
        other.Call();
        Assert.Equal(run.Image, other.Image);
    }

    /// <summary>A NaN reaches every result that depends on it, and no other bit.</summary>
    [Theory, MemberData(nameof(Names))]
    public void ANaNGoesWhereTheFormulaSendsItAndNowhereElse(string name)
    {
        Operator of = OperatorTable.Of(name);
        foreach (int[] size in of.SizesBeyondOneTile())
        {
            using OperatorRun run = new(devices[1], of, size);
            int[] before = run.Image;
            run.Call();
            int[] clean = run.Image;
            for (int i = 0; i < run.Operands.Length; i++)
            {
                Operand input = run.Operands[i];
                if (!input.IsRead || input.Type != ElementType.Float32 || input.Count == 0) continue;
                foreach (int at in new[] { 0, input.Count / 2, input.Count - 1 }.Distinct())
                {
                    int[] poisoned = [.. before];
                    run.Of(poisoned, i)[at] = BitConverter.SingleToInt32Bits(float.NaN);
                    run.Image = poisoned;
                    run.Call();
                    AssertSpread(run, i, at, clean, run.Image);
                }
            }
        }
    }

    /// <summary>A shape, type, place or absence that does not fit is refused by the argument's name before anything is written.</summary>
    [Theory, MemberData(nameof(Names))]
    public void WhatDoesNotFitIsRefusedByName(string name)
    {
        Operator of = OperatorTable.Of(name);
        using OperatorRun run = new(devices[1], of, of.Base);
        using CudaRig gpu = new();
        using Arena elsewhere = gpu.Ops.CreateArena("elsewhere", 4096), gone = devices[1].CreateArena("gone", 4096);
        gone.Dispose();
        for (int i = 0; i < run.Operands.Length; i++)
        {
            Operand operand = run.Operands[i];
            Refused(run, i, new Tensor(elsewhere, 0, operand.Type, operand.Shape));
            Refused(run, i, new Tensor(gone, 0, operand.Type, operand.Shape));
            if (!operand.Optional) Refused(run, i, default);
            foreach (ElementType type in Enum.GetValues<ElementType>())
            {
                if (type == operand.Type || (operand.AnyType && (type == ElementType.BFloat16 || run.Operands.Length == 1))) continue;
                Refused(run, i, run.At(run.Spare, type, operand.Shape), byItsOwnName: !operand.AnyType);
            }

            for (int axis = 0; axis < operand.Shape.Length; axis++)
            {
                if (operand.FreeAxes.Contains(axis)) continue;
                int[] longer = [.. operand.Shape];
                longer[axis]++;
                Refused(run, i, run.At(run.Spare, operand.Type, longer), byItsOwnName: false);
            }
        }
    }

    /// <summary>A result that overlaps another operand is refused, unless it may be that operand: then the bits are those of memory of its own.</summary>
    [Theory, MemberData(nameof(Names))]
    public void AnOverlapIsRefusedAndWorkInPlaceHasTheSameBits(string name)
    {
        Operator of = OperatorTable.Of(name);
        using OperatorRun run = new(devices[1], of, of.Base);
        int[] before = run.Image;
        run.Call();
        int[] separate = run.Image;
        for (int i = 0; i < run.Operands.Length; i++)
        {
            Operand written = run.Operands[i];
            for (int j = 0; j < run.Operands.Length && written.IsWritten; j++)
            {
                if (j == i) continue;
                run.Image = before;
                Refused(run, i, run.At(run.Starts[j] + 1, written.Type, written.Shape), byItsOwnName: false);
                if (!written.MayBe.Contains(run.Operands[j].Name))
                {
                    Refused(run, i, run.At(run.Starts[j], written.Type, written.Shape), byItsOwnName: false);
                    continue;
                }

                if (written.IsRead) run.Of(before, i).CopyTo(run.Of(before, j)); // One tensor holds one value.
                run.Image = before;
                run.Call();
                separate = run.Image;
                Tensor[] inPlace = [.. run.Tensors];
                inPlace[i] = inPlace[j];
                run.Image = before;
                run.Call(inPlace);
                int[] after = run.Image;
                Assert.Equal(run.Of(separate, i).ToArray(), run.Of(after, j).ToArray());
                for (int k = 0; k < run.Operands.Length; k++)
                {
                    if (k != i && k != j) Assert.Equal(run.Of(separate, k).ToArray(), run.Of(after, k).ToArray());
                }
            }
        }
    }

    /// <summary>What may be left away changes no other result.</summary>
    [Theory, MemberData(nameof(Names))]
    public void AnOptionalResultCanBeLeftAway(string name)
    {
        Operator of = OperatorTable.Of(name);
        using OperatorRun run = new(devices[1], of, of.Base);
        int[] before = run.Image;
        run.Call();
        int[] whole = run.Image;
        for (int i = 0; i < run.Operands.Length; i++)
        {
            if (!run.Operands[i].Optional) continue;
            Tensor[] without = [.. run.Tensors];
            without[i] = default;
            run.Image = before;
            run.Call(without);
            int[] after = run.Image;
            Assert.Equal(run.Of(before, i).ToArray(), run.Of(after, i).ToArray());
            for (int k = 0; k < run.Operands.Length && run.Operands[i].IsWritten; k++)
            {
                if (k != i) AssertClose(run.Of(whole, k), run.Of(after, k), run);
            }
        }
    }

    /// <summary>The kernels take the sizes of which a grid could have no blocks, and leave what the CPU leaves.</summary>
    [Theory, MemberData(nameof(Names))]
    public void TheKernelsTakeEmptyTensorsToo(string name)
    {
        Operator of = OperatorTable.Of(name);
        using CudaRig gpu = new();
        foreach (int[] size in of.Sizes().Where(size => size.Contains(0)))
        {
            using OperatorRun run = new(gpu.Ops, of, size), twin = new(devices[0], of, size);
            int[] before = run.Image;
            if (IsRefused(run, before)) continue;
            run.Call();
            twin.Call();
            AssertClose(twin.Image, run.Image, run);
        }
    }

    public void Dispose()
    {
        foreach (CpuOps ops in devices) ops.Dispose();
    }

    /// <summary>Where the operator has no result at the size: that it says so and writes nothing.</summary>
    private static bool IsRefused(OperatorRun run, int[] before)
    {
        if (!run.IsToBeRefused) return false;
        Assert.ThrowsAny<ArgumentException>(run.Call);
        Assert.Equal(before, run.Image);
        return true;
    }

    private static void Refused(OperatorRun run, int operand, Tensor tensor, bool byItsOwnName = true)
    {
        Tensor[] wrong = [.. run.Tensors];
        wrong[operand] = tensor;
        int[] before = run.Image;
        Operand of = run.Operands[operand];
        ArgumentException? fault = Record.Exception(() => run.Call(wrong)) as ArgumentException;
        Assert.True(fault is not null, $"{run} takes {tensor} for {of.Name}, or fails by another type.");
        Assert.True(!string.IsNullOrEmpty(fault.ParamName), $"{run} does not say what is wrong with {tensor} as {of.Name}: {fault.Message}");
        if (byItsOwnName && fault.ParamName != of.Name.Split('.')[0]) Assert.Contains(of.ShortName, fault.Message, StringComparison.Ordinal);
        Assert.Equal(before, run.Image);
    }

    private static void AssertWrittenAndFinite(OperatorRun run, int[] after)
    {
        for (int i = 0; i < run.Operands.Length; i++)
        {
            if (!run.Operands[i].IsWritten) continue;
            foreach (int bits in run.Of(after, i))
                Assert.True(bits != OperatorRun.Unwritten && (run.Operands[i].Type == ElementType.Int32 || float.IsFinite(BitConverter.Int32BitsToSingle(bits))),
                    $"{run.Operands[i].Name} of {run} holds {BitConverter.Int32BitsToSingle(bits)} or nothing.");
        }
    }

    private static void AssertSpread(OperatorRun run, int input, int at, int[] clean, int[] after)
    {
        for (int k = 0; k < run.Operands.Length; k++)
        {
            Operand output = run.Operands[k];
            if (!output.IsWritten) continue;
            Dependence? dependence = output.From.SingleOrDefault(from => from.Input == run.Operands[input].Name);
            bool any = false;
            for (int to = 0; to < output.Count; to++)
            {
                string what = $"{output.Name}[{to}] of {run} with a NaN in {run.Operands[input].Name}[{at}]";
                bool isNaN = output.Type == ElementType.Float32 && float.IsNaN(BitConverter.Int32BitsToSingle(run.Of(after, k)[to]));
                if (dependence is null || !dependence.Reaches(run.Operands[input], at, output, to))
                    Assert.True(run.Of(clean, k)[to] == run.Of(after, k)[to], $"{what} changes.");
                else if (dependence.Spread == Spread.All) Assert.True(isNaN, $"{what} is not NaN.");
                else any |= isNaN;
            }

            Assert.True(any || dependence is not { Spread: Spread.Some }, $"{output.Name} of {run} swallows the NaN in {run.Operands[input].Name}[{at}].");
        }
    }

    private static void AssertClose(Span<int> expected, Span<int> actual, OperatorRun run)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            float left = BitConverter.Int32BitsToSingle(expected[i]), right = BitConverter.Int32BitsToSingle(actual[i]);
            Assert.True(expected[i] == actual[i] || Math.Abs(left - right) <= 1e-5 * Math.Max(1, Math.Abs(left)), $"{run}: {left} and {right} at {i}.");
        }
    }
}
