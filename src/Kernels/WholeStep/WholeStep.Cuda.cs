using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Optimizers;
using NegSamples.Kernels.Cuda.Products;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    internal override WholeStep? CreateWholeStep(RowLoss? formula, int losses, int segments) =>
        Collective.Size > 1 || (formula is not null && !RowFinish.IsKnown(formula)) ? null : new CudaWholeStep(this, losses, segments);

    /// <summary>
    /// The work is launched as it is asked for in a first step, which loads kernels and reserves memory, and recorded in the next, if the device records. A
    /// place that was reserved or freed in between makes the recording void, and so does another table of segments: both may have moved what it reads.
    /// </summary>
    private sealed class CudaWholeStep : WholeStep
    {
        private readonly CudaOps ops;
        private readonly nint place;
        private readonly byte[] uploaded, downloaded;
        private readonly int countBytes;
        private readonly PreparedWeights weights;
        private nint recording;
        private bool isRefused, isAdapted;
        private StepNumbers begun;
        private (Action? Work, long Reservations, int Cuts) recorded, asked;
        private (float Temperature, float Bias) given; // what the recording's kernels have

        public CudaWholeStep(CudaOps ops, int losses, int segments)
        {
            this.ops = ops;
            weights = new PreparedWeights(ops.device, ops.launcher, ops.Precision);
            countBytes = segments * sizeof(int);
            uploaded = new byte[Unsafe.SizeOf<StepBlock>() + countBytes]; // The counts start at 0 in every step.
            downloaded = new byte[countBytes + (losses * sizeof(float))];
            place = ops.device.AllocateWorkspace("numbers of a step", Unsafe.SizeOf<StepBlock>() + downloaded.Length);
        }

        public override ReadOnlySpan<int> NotFinite => MemoryMarshal.Cast<byte, int>(downloaded.AsSpan(0, countBytes));

        public override ReadOnlySpan<float> Losses => MemoryMarshal.Cast<byte, float>(downloaded.AsSpan(countBytes));

        private DeviceSpan Numbers => new(place, 1);

        private nint Results => place + Unsafe.SizeOf<StepBlock>();

        private (Action?, long, int) Present(Action work) => (work, ops.device.Reservations, ops.segmentTable.Cuts);

        public override void Prepare(Tensor parameters) => weights.Add(parameters);

        public override void Run(in StepNumbers numbers, Action work)
        {
            ArgumentNullException.ThrowIfNull(work);
            begun = numbers;
            StepBlock block = new()
            {
                LearningRate = numbers.LearningRate, Keep = numbers.AdamW.Keep, Rate = numbers.AdamW.Rate,
                SecondCorrection = numbers.AdamW.SecondCorrection, FirstDraw = numbers.FirstDraw, Oldest = numbers.Oldest,
            };
            MemoryMarshal.Write(uploaded, in block);
            if (recording != 0 && recorded != Present(work)) Forget();
            if (recording != 0 && given != (numbers.Temperature, numbers.Bias)) Adapt(work);
            if (recording == 0 && !isRefused && ops.device.Records && asked == Present(work)) Record(work);
            if (recording != 0)
            {
                ops.device.Repeat(recording, uploaded, place, Results, downloaded);
                return;
            }

            ops.device.Upload(uploaded, place);
            Ask(work);
            ops.device.Download(Results, downloaded);
            weights.Build();
            asked = Present(work);
        }

        public override void StopUnlessFinite(Tensor losses, Tensor gradients, ReadOnlySpan<ParameterSegment> segments)
        {
            if (ops.NumbersOfStep != Numbers || losses.Count * sizeof(float) + countBytes != downloaded.Length || segments.Length * sizeof(int) != countBytes)
                throw new InvalidOperationException("A step that runs has the losses and the parameters that it was made for.");
            ops.products.MergeWaiting();
            DeviceSpan counts = new(Results, segments.Length), kept = new(Results + countBytes, losses.Count);
            ops.CountNonFinite(gradients, segments, counts);
            ops.Launch(GuardKernel, 1, SegmentTable.Threads, 0, losses, kept, counts, Numbers);
        }

        public override void AddProducts(Tensor x, Tensor y, double factor, Tensor sum)
        {
            DeviceSpan parts = ops.scratch.Take("parts of a slope", SlopeBlocks, sizeof(double));
            ops.Launch(ProductsKernel, SlopeBlocks, SlopeThreads, 0, x, y, parts);
            ops.Launch(AddPartsKernel, 1, SlopeBlocks, 0, parts, KernelArgument.Of(factor), sum);
        }

        public override void Clamp(Tensor number, float least, float greatest) => ops.Launch(ClampKernel, 1, 1, 0, number, least, greatest);

        protected override void Dispose(bool disposing)
        {
            if (!disposing) return;
            Forget();
            weights.Dispose();
            ops.device.Free(place);
        }

        private void Ask(Action work)
        {
            (ops.NumbersOfStep, ops.BegunStep, ops.products.Weights) = (Numbers, begun, weights);
            try
            {
                weights.Launch();
                work();
            }
            finally
            {
                ops.products.MergeWaiting();
                (ops.NumbersOfStep, ops.BegunStep, ops.products.Weights) = (default, default, null);
            }
        }

        private void Record(Action work)
        {
            recording = ops.device.Record(() => Ask(work));
            isRefused = recording == 0;
            recorded = Present(work);
            given = (begun.Temperature, begun.Bias);
            isAdapted = false;
        }

        /// <summary>Another temperature is another argument of a few kernels; one that asks for other kernels, which may have to be loaded, is a step by launches.</summary>
        private void Adapt(Action work)
        {
            if (ops.device.Adapt(recording, () => Ask(work)))
            {
                given = (begun.Temperature, begun.Bias);
                isAdapted = true;
                return;
            }

            isRefused = !isAdapted; // A driver that cannot do it at all is not asked in every other step.
            asked = default;
            Forget();
        }

        private void Forget()
        {
            if (recording != 0) ops.device.Forget(recording);
            recording = 0;
        }
    }

    /// <summary>One block keeps the losses, and raises the flag where one of them, or a gradient, is not finite.</summary>
    [LaunchBounds(SegmentTable.Threads)]
    private static void GuardKernel(ArrayView<float> losses, ArrayView<float> kept, ArrayView<int> counts, ArrayView<StepBlock> step)
    {
        for (int i = Group.IdxX; i < losses.Length; i += SegmentTable.Threads)
        {
            float loss = losses[i];
            kept[i] = loss;
            if (NonFinite(loss) != 0) Atomic.Exchange(ref step[0].Stopped, 1);
        }

        for (int i = Group.IdxX; i < counts.Length; i += SegmentTable.Threads)
        {
            if (counts[i] != 0) Atomic.Exchange(ref step[0].Stopped, 1);
        }
    }

    private const int SlopeBlocks = 64;

    private const int SlopeThreads = 256;

    /// <summary>A part of the sum of products for each block.</summary>
    [LaunchBounds(SlopeThreads)]
    private static void ProductsKernel(ArrayView<float> x, ArrayView<float> y, ArrayView<double> parts)
    {
        ArrayView<double> ofThreads = SharedMemory.Allocate<double>(SlopeThreads);
        double sum = 0;
        for (long i = ((long)Grid.IdxX * SlopeThreads) + Group.IdxX; i < x.Length; i += SlopeBlocks * SlopeThreads)
            sum += (double)x[i] * (y.Length > 0 ? y[i] : 1f);
        ofThreads[Group.IdxX] = sum;
        Group.Barrier();
        for (int others = SlopeThreads / 2; others > 0; others /= 2)
        {
            if (Group.IdxX < others) ofThreads[Group.IdxX] += ofThreads[Group.IdxX + others];
            Group.Barrier();
        }

        if (Group.IdxX == 0) parts[Grid.IdxX] = ofThreads[0];
    }

    /// <summary>One thread adds the parts of all blocks up.</summary>
    [LaunchBounds(SlopeBlocks)]
    private static void AddPartsKernel(ArrayView<double> parts, double factor, ArrayView<float> sum)
    {
        if (Group.IdxX > 0) return;
        double all = 0;
        for (int i = 0; i < SlopeBlocks; i++) all += parts[i];
        sum[0] = (float)(sum[0] + (factor * all));
    }

    private static void ClampKernel(ArrayView<float> number, float least, float greatest)
    {
        float value = number[0];
        if (value < least) number[0] = least;
        if (value > greatest) number[0] = greatest;
    }
}
