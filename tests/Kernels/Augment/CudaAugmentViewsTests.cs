using ILGPU;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Ptx;
using NegSamples.PtxInterpreter;
using NegSamples.Tests.Kernels.Cuda;

namespace NegSamples.Tests.Kernels;

public class CudaAugmentViewsTests
{
    private static readonly ViewRecipe Everything = AugmentViewsTests.Recipes["all"];

    public static TheoryData<int, ElementType> Shapes
    {
        get
        {
            TheoryData<int, ElementType> cases = [];
            for (int shape = 0; shape < AugmentViewsTests.Shapes.Length; shape++)
            {
                cases.Add(shape, ElementType.Float32);
                cases.Add(shape, ElementType.BFloat16);
            }

            return cases;
        }
    }

    public static TheoryData<int> Orders
    {
        get
        {
            TheoryData<int> orders = [];
            for (int order = 0; order < 256; order++)
            {
                int[] steps = [order & 3, (order >> 2) & 3, (order >> 4) & 3, order >> 6];
                if (steps.Distinct().Count() == 4) orders.Add(order);
            }

            return orders;
        }
    }

    /// <summary>All recipes at one shape in one launch, the image between others at an odd byte and the last to the end of the pixels.</summary>
    [Theory, MemberData(nameof(Shapes))]
    public void ViewsAreTheTruthAndThoseOfTheProcessor(int shape, ElementType type)
    {
        var s = AugmentViewsTests.Shapes[shape];
        ViewRecipe[] recipes = [.. AugmentViewsTests.Recipes.Values.Select((recipe, i) => recipe with
        {
            CropTop = s.Top, CropLeft = s.Left, CropHeight = s.CropHeight, CropWidth = s.CropWidth, Image = s.ViewHeight * s.ViewWidth < 2000 ? i % 2 : 1,
        })];
        if (s.ViewHeight * s.ViewWidth >= 2000) recipes = recipes[^3..];
        Compare(recipes, s.Height, s.Width, s.ViewHeight, s.ViewWidth, type);
    }

    [Theory, MemberData(nameof(Orders))]
    public void EveryOrderOfTheColorJitterIsKept(int order) =>
        Compare([Everything with { JitterOrder = order, CropHeight = 9, CropWidth = 7, BlurSigma = 0 }], 12, 9, 12, 13, ElementType.Float32);

    [Fact]
    public void AnOrderWithContrastTwiceOrNotAtAllIsKept() =>
        Compare(
            [
                Everything with { JitterOrder = 1 | (1 << 2) | (3 << 4) | (1 << 6), CropHeight = 9, CropWidth = 7 },
                Everything with { JitterOrder = 0, CropHeight = 9, CropWidth = 7, Gray = 1 },
            ], 12, 9, 12, 13, ElementType.Float32);

    /// <summary>A crop too large to be staged, and a view too large for shared memory, with more views than blocks.</summary>
    [Theory]
    [InlineData(90, 80, 20, 24, 2, false), InlineData(60, 50, 161, 158, 1, true), InlineData(3, 2, 141, 142, 5, true)]
    public void LargeCropsAndViewsAreRight(int height, int width, int viewHeight, int viewWidth, int count, bool workspace)
    {
        ViewRecipe[] recipes = [.. Enumerable.Repeat(Everything with { CropHeight = height, CropWidth = width, JitterOrder = 1 }, count)];
        if (count > 2) recipes = [.. recipes.Select((recipe, i) => recipe with { BlurSigma = 0, Jitter = i % 2, JitterOrder = 0, Brightness = 0.3f + (0.1f * i) })];
        InterpretedDevice device = Compare(recipes, height, width, viewHeight, viewWidth, ElementType.Float32);
        Assert.Contains(workspace ? "Workspace" : "Shared", device.Reports[^1].Kernel, StringComparison.Ordinal);
    }

    /// <summary>In shared memory and in a workspace the range is that of the processor, to rounding of numbers below 8.</summary>
    [Theory, InlineData(33, 19, ElementType.Float32), InlineData(33, 19, ElementType.BFloat16), InlineData(141, 142, ElementType.Float32)]
    public void ARangeIsThatOfTheProcessor(int height, int width, ElementType type)
    {
        PixelRange range = PixelRange.Of(1, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
        byte[] bytes = AugmentViewsTests.RandomBytes(3 * 12 * 9);
        ImagePlace[] images = [new(0, 12, 9)];
        ViewRecipe[] recipes = [AugmentViewsTests.Unchanged with { CropHeight = 12, CropWidth = 9 }, Everything with { CropHeight = 9, CropWidth = 7, BlurSigma = 0 }];
        using CudaRig rig = new();
        Tensor ofDevice = rig.Unwritten(type, 2, height, width, 3);
        rig.Ops.AugmentViews(Pixels(rig, bytes), images, recipes, ofDevice, range);
        float[] views = rig.Floats(ofDevice);
        using Rig host = new((6L * height * width) + bytes.Length + 100);
        Tensor pixels = host.Arena.Take(ElementType.UInt8, bytes.Length), expected = host.Take(2, height, width, 3);
        host.Ops.Upload<byte>(bytes, pixels);
        host.Ops.AugmentViews(pixels, images, recipes, expected, range);
        double tolerance = type == ElementType.BFloat16 ? 1.0 / 64 : 2e-5; // half a unit of 8 bits below 4; the twins' colours differ by 1e-6 to 4e-6
        for (int i = 0; i < views.Length; i++) Assert.InRange(views[i], expected.Floats[i] - tolerance, expected.Floats[i] + tolerance);
        Assert.True(views.Min() < -1 && views.Max() > 1);
    }

    [Fact]
    public void AnUnchangedViewIsTheImage()
    {
        byte[] bytes = AugmentViewsTests.RandomBytes(3 * 32 * 32);
        ViewRecipe whole = AugmentViewsTests.Unchanged with { CropHeight = 32, CropWidth = 32 };
        using CudaRig rig = new();
        float[] views = rig.Floats(Run(rig, bytes, [new ImagePlace(0, 32, 32)], [whole, whole with { Flip = 1 }], 32, 32, ElementType.Float32));
        for (int i = 0; i < bytes.Length; i++)
        {
            Assert.Equal(bytes[i] * (1 / 255f), views[i]);
            Assert.Equal(bytes[i] * (1 / 255f), views[3072 + (i / 96 * 96) + (3 * (31 - (i % 96 / 3))) + (i % 3)]);
        }
    }

    [Fact]
    public void ABatchOfCifarImagesMovesWholeSectorsWithoutBankConflicts()
    {
        using CudaRig rig = new();
        ViewRecipe[] recipes = [.. Enumerable.Range(0, 4).Select(i => Everything with { Image = i / 2, CropTop = i, CropLeft = 5 - i, CropHeight = 20 + i, CropWidth = 27 })];
        Run(rig, AugmentViewsTests.RandomBytes(2 * 3072), [new ImagePlace(0, 32, 32), new ImagePlace(3072, 32, 32)], recipes, 32, 32, ElementType.BFloat16);
        LaunchReport report = rig.Device.Report("AugmentShared");
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{report.ThreadInstructions / (4 * 1024)} instructions per pixel; sectors {report.SectorsNeeded} of {report.SectorsAsked}; conflicts {report.BankConflicts} of {report.Wavefronts}");
        Assert.InRange(report.SectorsNeeded, 0.9 * report.SectorsAsked, report.SectorsAsked);
        Assert.InRange(report.BankConflicts, 0, 0.05 * report.Wavefronts);
    }

    [Fact]
    public void NothingIsAllocatedOnTheDeviceFromTheSecondCallOn()
    {
        using CudaRig rig = new();
        ViewRecipe[] recipes = [Everything with { CropHeight = 8, CropWidth = 8 }];
        Tensor pixels = Pixels(rig, AugmentViewsTests.RandomBytes(192)), views = rig.Unwritten(1, 8, 8, 3);
        rig.Ops.AugmentViews(pixels, [new ImagePlace(0, 8, 8)], recipes, views);
        long held = rig.Ops.WorkspaceBytes;
        rig.Ops.AugmentViews(pixels, [new ImagePlace(0, 8, 8)], recipes, views);
        Assert.Equal(held, rig.Ops.WorkspaceBytes);
    }

    [Fact]
    public void KernelsKeepEverythingInRegisters()
    {
        Assert.SkipUnless(Assembler.IsPresent, "ptxas is not on the path.");
        foreach (string name in new[] { "AugmentSharedKernel", "AugmentWorkspaceKernel" })
        {
            foreach (Type element in new[] { typeof(Float32Element), typeof(BFloat16Element) })
            {
                string said = Assembler.Assemble(KernelCompiler.Compile(
                    typeof(CudaOps).GetMethod(name, System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!.MakeGenericMethod(element)));
                TestContext.Current.TestOutputHelper?.WriteLine(said);
                Assert.Contains("0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads", said, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>The check of the pixels sees one tap weighed from the wrong side, and the sanitizer sees the barrier that is missing.</summary>
    [Theory]
    [InlineData(0f, true), InlineData(1f, true), InlineData(0f, false)]
    public void ABrokenCopyIsFound(float shift, bool barrier)
    {
        byte[] bytes = AugmentViewsTests.RandomBytes(3 * 9 * 7);
        ViewRecipe recipe = AugmentViewsTests.Unchanged with { CropHeight = 9, CropWidth = 7 };
        double[] truth = AugmentViewsReference<double>.View(bytes, new ImagePlace(0, 9, 7), recipe, 11, 13);
        PtxMachine machine = IlgpuKernels.Load(CopyKernel);
        DeviceBuffer<float> view = machine.AllocateUnwritten<float>(truth.Length);
        LaunchReport report = machine.Launch(1, 64, machine.Allocate(bytes), view, shift, barrier);
        bool right = view.ToArray().Zip(truth).All(pair => Math.Abs(pair.First - pair.Second) < 1e-6);
        if (barrier) Assert.Equal(shift == 0, right);
        Assert.Equal(barrier, report.Findings.Count == 0);
    }

    private static void CopyKernel(ArrayView<byte> bytes, ArrayView<float> view, float shift, bool barrier)
    {
        ArrayView<float> rowTable = SharedMemory.Allocate<float>(33), columnTable = SharedMemory.Allocate<float>(39);
        DeviceResizeAxis.Fill(rowTable, 9, 11, 2, false, 1 / 255.0);
        DeviceResizeAxis.Fill(columnTable, 7, 13, 2, false, 1);
        if (barrier) Group.Barrier();
        DeviceResizeAxis rows = new(9, 11, 2), columns = new(7, 13, 2);
        columns.Slope *= 1 - (2 * shift);
        for (int i = Group.IdxX; i < 143; i += Group.DimX)
        {
            PixelColor pixel = DeviceResizeAxis.Pixel(bytes, 21, rows, rowTable, columns, columnTable, i / 13, i % 13);
            view[3 * i] = pixel.Red;
            view[(3 * i) + 1] = pixel.Green;
            view[(3 * i) + 2] = pixel.Blue;
        }
    }

    private static InterpretedDevice Compare(ViewRecipe[] recipes, int height, int width, int viewHeight, int viewWidth, ElementType type)
    {
        byte[] bytes = AugmentViewsTests.RandomBytes(7 + (6 * height * width));
        ImagePlace[] images = [new(7, height, width), new(7 + (3L * height * width), height, width)];
        using CudaRig rig = new();
        float[] all = rig.Floats(Run(rig, bytes, images, recipes, viewHeight, viewWidth, type));
        using Rig host = new((long)(3 * viewHeight * viewWidth * recipes.Length) + bytes.Length + 100);
        Tensor hostPixels = host.Arena.Take(ElementType.UInt8, bytes.Length), hostViews = host.Take(recipes.Length, viewHeight, viewWidth, 3);
        host.Ops.Upload<byte>(bytes, hostPixels);
        host.Ops.AugmentViews(hostPixels, images, recipes, hostViews);

        // Half a unit in bfloat16's last place below 1; more than 1 is clamped or rounding.
        double rounding = type == ElementType.BFloat16 ? 1.0 / 512 : 0;
        int length = 3 * viewHeight * viewWidth;
        for (int i = 0; i < recipes.Length; i++)
        {
            double[] truth = AugmentViewsReference<double>.View(bytes, images[recipes[i].Image], recipes[i], viewHeight, viewWidth);
            float[] naive = AugmentViewsReference<float>.View(bytes, images[recipes[i].Image], recipes[i], viewHeight, viewWidth);
            ReadOnlySpan<float> view = all.AsSpan(i * length, length);
            Assert.InRange(Rig.MaxError(view, truth), 0, (2 * Rig.MaxError(naive, truth)) + 5e-7 + rounding);
            double[] twin = Array.ConvertAll(hostViews.Floats.Slice(i * length, length).ToArray(), value => (double)value);
            Assert.InRange(Rig.MaxError(view, twin), 0, (3 * Rig.MaxError(naive, truth)) + 1e-6 + rounding);
        }

        return rig.Device;
    }

    private static Tensor Run(CudaRig rig, byte[] bytes, ImagePlace[] images, ViewRecipe[] recipes, int height, int width, ElementType type)
    {
        Tensor pixels = Pixels(rig, bytes), views = rig.Unwritten(type, recipes.Length, height, width, 3);
        rig.Ops.AugmentViews(pixels, images, recipes, views);
        return views;
    }

    private static Tensor Pixels(CudaRig rig, byte[] bytes)
    {
        Tensor pixels = rig.Unwritten(ElementType.UInt8, bytes.Length);
        rig.Ops.Upload<byte>(bytes, pixels);
        return pixels;
    }
}
