using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Pairs;
using NegSamples.Kernels.Cuda.Products;
using static NegSamples.Tests.Kernels.Cuda.Pairs.CudaPairRows;

namespace NegSamples.Tests.Kernels.Cuda;

/// <summary>Tiles, stages and forms of kernels by the shared memory of the GPU that is there: none asks for more, and the numbers are right with each.</summary>
public class SharedMemoryTests
{
    public static TheoryData<int> Limits => [GpuLimits.Rtx.OfBlock, GpuLimits.Ampere.OfBlock, SharedMemoryLimits.Hopper.OfBlock];

    /// <summary>Rows of a tile and bytes of a block; 0 rows where only the float32 kernels fit.</summary>
    [Theory]
    [InlineData(232_448, Precision.BFloat16, 64, 128, 56_832)]
    [InlineData(232_448, Precision.BFloat16, 512, 128, 171_520)]
    [InlineData(232_448, Precision.BFloat16, 2048, 32, 169_984)]
    [InlineData(232_448, Precision.TensorFloat32, 256, 128, 204_288)]
    [InlineData(232_448, Precision.TensorFloat32, 1024, 32, 202_752)]
    [InlineData(232_448, Precision.TensorFloat32, 2048, 0, 0)]
    [InlineData(166_912, Precision.BFloat16, 256, 128, 105_984)]
    [InlineData(166_912, Precision.BFloat16, 512, 64, 104_960)]
    [InlineData(166_912, Precision.BFloat16, 1024, 32, 104_448)]
    [InlineData(166_912, Precision.TensorFloat32, 128, 128, 138_752)]
    [InlineData(166_912, Precision.TensorFloat32, 512, 32, 137_216)]
    [InlineData(166_912, Precision.TensorFloat32, 1024, 0, 0)]
    [InlineData(101_376, Precision.BFloat16, 128, 128, 73_216)]
    [InlineData(101_376, Precision.BFloat16, 256, 64, 72_192)]
    [InlineData(101_376, Precision.BFloat16, 512, 32, 71_680)]
    [InlineData(101_376, Precision.TensorFloat32, 64, 64, 88_576)]
    [InlineData(101_376, Precision.TensorFloat32, 128, 32, 88_064)]
    public void APairKernelTakesTheLargestTileThatFits(int ofBlock, Precision precision, int depth, int rows, int bytes)
    {
        PairPlan plan = PairPlan.Of(4096, 65_536, depth, precision, ofBlock);
        Assert.Equal((rows > 0, rows > 0 ? rows : PlainPairs.Threads, bytes), (plan.TensorCores, plan.Threads, plan.SharedBytes));
    }

    /// <summary>A tile of four warps that stands alone on a multiprocessor has three stages; two of two stages share an A100's.</summary>
    [Theory]
    [InlineData(232_448, 2, 2, 3)]
    [InlineData(166_912, 2, 2, 2)]
    [InlineData(101_376, 2, 2, 3)]
    public void AProductsTileFits(int ofBlock, int down, int across, int stages)
    {
        SharedMemoryLimits limits = GpuLimits.Of(ofBlock);
        TileShape square = TileShape.For(8192, 8192, 1, 108, limits);
        Assert.Equal((down, across, stages), (square.Down, square.Across, square.Stages));
        foreach ((int rows, int columns) in new[] { (1, 1), (64, 4096), (4096, 64), (524_288, 64), (128, 128), (200, 3000) })
        {
            TileShape tile = TileShape.For(rows, columns, 1, 108, limits);
            Assert.InRange(tile.SharedBytesWithTable, 2 * 2 * PanelText.Bytes, limits.OfBlock);
            Assert.True(tile.SharedBytes >= tile.Threads / 32 * PanelText.TileBytes); // The sums go where the panels were.
        }
    }

    /// <summary>No loss of any depth asks for more than a block has.</summary>
    [Theory, MemberData(nameof(Limits))]
    public void EveryLossOfEveryDepthLaunches(int ofBlock)
    {
        foreach (Precision precision in Enum.GetValues<Precision>())
        foreach (int depth in new[] { 64, 128, 256, 512, 1024, 2048 })
        {
            LimitedDevice device = new(GpuLimits.Of(ofBlock));
            using CudaOps ops = new(device, precision);
            const int rows = 300, keys = 700;
            using Arena arena = ops.CreateArena("rows", 256 + Arena.BytesFor(ElementType.Float32, 16L * keys * depth));
            Tensor z = arena.Take(rows, depth), loss = arena.Take(rows), lse = arena.Take(rows), dz = arena.Take(rows, depth);
            foreach (RowLoss formula in new RowLoss[] { new InfoNce(), new HardNegatives(0.1, 0.5), new SupervisedContrastive(), new Sigmoid() })
            {
                if (formula is not Sigmoid)
                    new ViewLoss(ViewPairs.BothViews, 0.2f, Member: formula).Run(ops, z, loss, lse, dz);
                if (formula is SupervisedContrastive) continue;
                ContrastiveBatch batch = new(z, arena.Take(keys, depth)) { PositiveKeys = arena.Take(ElementType.Int32, rows) };
                ops.ContrastiveLoss(batch, new ContrastiveSettings(0.2f, formula), loss, lse, new ContrastiveGradients(dz, arena.Take(keys, depth)));
            }

            Assert.Equal(PairPlan.Of(rows, rows, depth, precision, ofBlock).TensorCores, device.Launches.Exists(launch => launch.Kernel.Name.StartsWith("Sums", StringComparison.Ordinal) && launch.SharedBytes > 0));
        }
    }

    /// <summary>Loss and gradient where the tile of rows shrinks, and where the float32 kernels stand in for tensor cores.</summary>
    [Theory]
    [InlineData(101_376, Precision.BFloat16, 256)]
    [InlineData(101_376, Precision.TensorFloat32, 128)]
    [InlineData(101_376, Precision.TensorFloat32, 256)]
    [InlineData(166_912, Precision.BFloat16, 512)]
    [InlineData(166_912, Precision.TensorFloat32, 256)]
    public void SmallerTilesGiveTheSameLoss(int ofBlock, Precision precision, int depth)
    {
        const int rows = 70;
        float[] z = Units(rows, depth);
        ViewLoss settings = new(ViewPairs.BothViews, 0.2f);
        using CudaRig rig = new(precision, limits: GpuLimits.Of(ofBlock));
        Precision computed = PairPlan.Of(rows, rows, depth, precision, ofBlock).TensorCores ? precision : Precision.Float32;
        CudaTwoViewsTests.Check(CudaTwoViewsTests.Run(rig, z, rows, depth, settings), settings.Truth(rows, Operands(z, computed)), z, settings, computed, rows);
        Assert.Contains(rig.Device.Launches, launch => launch.Kernel.Name.Contains(computed == Precision.Float32 ? "PlainGradients" : "Gradients", StringComparison.Ordinal));
    }

    /// <summary>The bits of a product are those of every tile: what a GPU's memory chooses changes no sum.</summary>
    [Theory]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.TensorFloat32)]
    public void AProductsBitsDoNotDependOnTheTile(Precision precision)
    {
        float[]? expected = null;
        HashSet<int> tiles = [];
        foreach (int ofBlock in (int[])[101_376, 166_912, 232_448])
        {
            using CudaRig rig = new(precision, limits: GpuLimits.Of(ofBlock), multiprocessors: 1);
            Tensor a = rig.Random(128, 200), b = rig.Random(200, 120), c = rig.Unwritten(128, 120);
            rig.Ops.MatMul(a, b, c);
            tiles.Add(rig.Device.Launches.Max(launch => launch.SharedBytes));
            Assert.Equal(expected ??= rig.Floats(c), rig.Floats(c));
        }

        Assert.Equal(2, tiles.Count);
    }

    /// <summary>Whether a step runs depends on the side of its views alone, never on the crops that its batch has drawn.</summary>
    [Theory, MemberData(nameof(Limits))]
    public void ViewsOfEverySideLaunchWhateverTheirCrops(int ofBlock)
    {
        AugmentViewsTests.Recipes.TryGetValue("all", out ViewRecipe recipe);
        foreach (ElementType type in new[] { ElementType.Float32, ElementType.BFloat16 })
        foreach (int side in new[] { 32, 84, 90, 96, 116, 128, 138, 160 })
        foreach (float sigma in new[] { 0, 0.7f })
        {
            HashSet<string> kernels = [];
            foreach (int crop in new[] { 4, 40, 72, 74, 160 })
            {
                LimitedDevice device = new(GpuLimits.Of(ofBlock));
                using CudaOps ops = new(device, type == ElementType.BFloat16 ? Precision.BFloat16 : Precision.Float32);
                using Arena arena = ops.CreateArena("views", 10_000_000);
                ops.AugmentViews(
                    arena.Take(ElementType.UInt8, 3 * 160 * 160), [new ImagePlace(0, 160, 160)], [recipe with { CropHeight = crop, CropWidth = crop, BlurSigma = sigma }],
                    arena.Take(type, 1, side, side, 3));
                Assert.InRange(device.Launches[^1].SharedBytes, 0, ofBlock - 1024); // The sums of the warps take the rest.
                kernels.Add(device.Launches[^1].Kernel.Name);
            }

            Assert.Single(kernels);
        }
    }

    /// <summary>A view whose crops are staged, read in place, or that is made in a workspace, is the same bits.</summary>
    [Theory]
    [InlineData(64, 100, 0.8f)]
    [InlineData(70, 60, 0.8f)]
    [InlineData(90, 70, 0f)]
    public void ViewsAreTheSameBitsWhateverIsStaged(int side, int crop, float sigma)
    {
        float[]? expected = null;
        HashSet<(string, int)> ways = [];
        byte[] bytes = AugmentViewsTests.RandomBytes(3 * 100 * 100);
        int bytesOfView = ViewBytes(side, sigma);
        foreach (int ofBlock in (int[])[232_448, bytesOfView + 1024 + 6000, bytesOfView + 1024, bytesOfView + 1020])
        {
            using CudaRig rig = new(limits: new SharedMemoryLimits(ofBlock, ofBlock + 1024));
            Tensor pixels = rig.Unwritten(ElementType.UInt8, bytes.Length), views = rig.Unwritten(2, side, side, 3);
            rig.Ops.Upload<byte>(bytes, pixels);
            ViewRecipe recipe = AugmentViewsTests.Recipes["all"] with { CropHeight = crop, CropWidth = crop, BlurSigma = sigma };
            rig.Ops.AugmentViews(pixels, [new ImagePlace(0, 100, 100)], [recipe, recipe with { CropHeight = 20, CropWidth = 19, Flip = 1, Gray = 1 }], views);
            ways.Add((rig.Device.Launches[^1].Kernel.Name, rig.Device.Launches[^1].SharedBytes));
            Assert.Equal(expected ??= rig.Floats(views), rig.Floats(views));
        }

        Assert.True(ways.Count >= 3, string.Join(", ", ways));
    }

    private static int ViewBytes(int side, float sigma)
    {
        ViewLayout layout = new(1, side, side, sigma > 0 ? CudaOps.BlurRadius(side, side) : 0);
        return (int)(sizeof(float) * layout.Floats);
    }
}
