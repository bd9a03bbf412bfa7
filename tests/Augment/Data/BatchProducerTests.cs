using NegSamples.Augment;
using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Augment.Recipes;
using NegSamples.Kernels;
using NegSamples.Tests.Kernels;

namespace NegSamples.Tests.Augment.Data;

public class BatchProducerTests
{
    [Fact]
    public void ABatchHasItsImagesAndTheRecipesViewByView()
    {
        SimClrRecipe recipe = new(8);
        using BatchProducer producer = BatchProducer.ForTraining(new FakeImageSet(10), recipe, 42, 4);
        for (long step = 0; step < 7; step++)
        {
            RawBatch batch = producer.Next()!;
            Assert.Equal(step, batch.Step);
            Assert.Equal(4, batch.Count);
            Assert.Equal(8, batch.Recipes.Length);
            for (int i = 0; i < 4; i++)
            {
                int sample = batch.Samples[i];
                Assert.Equal(-1, batch.Labels[i]);
                ImagePlace place = batch.Images[i];
                Assert.Equal(FakeImageSet.SizeOf(sample), (place.Height, place.Width));
                Assert.Equal(FakeImageSet.PixelsOf(sample), batch.Pixels.Slice((int)place.Offset, 3 * place.Height * place.Width).ToArray());
                for (uint view = 0; view < 2; view++)
                {
                    ViewRecipe expected = recipe.Draw(42, (uint)step / 2, (uint)sample, view, place.Height, place.Width) with { Image = i };
                    Assert.Equal(expected, batch.Recipes[((int)view * 4) + i]);
                }
            }

            producer.Return(batch);
        }
    }

    [Fact]
    public void TheViewsOfAShardLieTogether()
    {
        SimClrRecipe recipe = new(8);
        using BatchProducer plain = BatchProducer.ForTraining(new FakeImageSet(13), recipe, 42, 6), inShards = BatchProducer.ForTraining(new FakeImageSet(13), recipe, 42, 6, shards: 3);
        for (int step = 0; step < 3; step++)
        {
            RawBatch a = plain.Next()!, b = inShards.Next()!;
            Assert.Equal(a.Samples, b.Samples);
            int[] rows = [0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11]; // of the plain order: samples 0 and 1 in view 0, then in view 1, then samples 2 and 3
            for (int row = 0; row < rows.Length; row++) Assert.Equal(a.Recipes[rows[row]], b.Recipes[row]);
            plain.Return(a);
            inShards.Return(b);
        }
    }

    [Theory]
    [InlineData(1, 12)]
    [InlineData(3, 12)]
    [InlineData(6, 12)]
    public void TheOrderIsShardByShardViewByViewSampleBySample(int shards, int samples)
    {
        ViewOrder order = new(samples, 2, shards);
        int row = 0;
        for (int shard = 0; shard < shards; shard++)
            for (int view = 0; view < 2; view++)
                for (int sample = 0; sample < samples / shards; sample++) Assert.Equal(row++, order.Row((shard * samples / shards) + sample, view));
    }

    [Fact]
    public void ABatchCarriesTheLabelsOfItsSamples()
    {
        FakeImageSet set = new(13) { ClassNames = ["a", "b", "c"] };
        using BatchProducer training = BatchProducer.ForTraining(set, new PlainRecipe(), 42, 6, shards: 3), evaluation = BatchProducer.ForEvaluation(set, new PlainRecipe(), 5);
        for (int step = 0; step < 3; step++)
        {
            foreach (BatchProducer producer in new[] { training, evaluation })
            {
                RawBatch batch = producer.Next()!;
                Assert.Equal(batch.Samples.ToArray().Select(sample => sample % 3), batch.Labels.ToArray());
                producer.Return(batch);
            }
        }
    }

    /// <summary>Pictures that are decoded come by several threads, and are the same.</summary>
    [Fact]
    public void DecodingThreadsGiveTheSameBatches()
    {
        foreach (int samples in new[] { 1, 7, 50 })
        {
            using BatchProducer one = BatchProducer.ForTraining(new FakeImageSet(101), new SimClrRecipe(8), 7, samples);
            using BatchProducer many = BatchProducer.ForTraining(new FakeImageSet(101) { DecodesOnRead = true }, new SimClrRecipe(8), 7, samples);
            for (int step = 0; step < 120 / samples; step++)
            {
                RawBatch a = one.Next()!, b = many.Next()!;
                Assert.Equal(a.Samples, b.Samples);
                Assert.Equal(a.Recipes, b.Recipes);
                Assert.Equal(a.Pixels, b.Pixels);
                one.Return(a);
                many.Return(b);
            }
        }
    }

    [Fact]
    public void AnEpochShowsASampleAtMostOnceAndEveryEpochHasItsOwnOrder()
    {
        using BatchProducer producer = BatchProducer.ForTraining(new FakeImageSet(23), new PlainRecipe(), 1, 5);
        Assert.Equal(4, producer.StepsPerEpoch);
        int[][] epochs = [.. Enumerable.Range(0, 30).Select(_ => Enumerable.Range(0, 4).SelectMany(_ => Take(producer)).ToArray())];
        Assert.All(epochs, epoch => Assert.Equal(20, epoch.Distinct().Count()));
        Assert.NotEqual(epochs[0], epochs[1]);
        Assert.Equal(23, epochs.SelectMany(epoch => epoch).Distinct().Count()); // not the same samples are left out each time
    }

    [Theory]
    [InlineData(1), InlineData(4), InlineData(5), InlineData(11)]
    public void AResumedProducerGoesOnWithTheSameBatches(int start)
    {
        using BatchProducer whole = BatchProducer.ForTraining(new FakeImageSet(21), new SimClrRecipe(8), 7, 5);
        using BatchProducer resumed = BatchProducer.ForTraining(new FakeImageSet(21), new SimClrRecipe(8), 7, 5, startStep: start);
        for (int step = 0; step < start; step++) Take(whole);
        for (int step = 0; step < 10; step++)
        {
            RawBatch a = whole.Next()!, b = resumed.Next()!;
            Assert.Equal(a.Step, b.Step);
            Assert.Equal(a.Samples, b.Samples);
            Assert.Equal(a.Recipes, b.Recipes);
            Assert.Equal(a.Pixels, b.Pixels);
            whole.Return(a);
            resumed.Return(b);
        }
    }

    /// <summary>A view is a function of its number: more of them leave the first two as they are.</summary>
    [Fact]
    public void MoreViewsLeaveTheFirstAsTheyAre()
    {
        SimClrRecipe recipe = new(16);
        using BatchProducer two = BatchProducer.ForTraining(new FakeImageSet(5), recipe, 42, 3, 2), four = BatchProducer.ForTraining(new FakeImageSet(5), recipe, 42, 3, 4);
        RawBatch few = two.Next()!, many = four.Next()!;
        Assert.Equal(few.Samples.ToArray(), many.Samples.ToArray());
        Assert.Equal(few.Recipes.ToArray(), many.Recipes[..6].ToArray());
        Assert.Equal(4, Enumerable.Range(0, 4).Select(view => many.Recipes[3 * view]).Distinct().Count());
        two.Return(few);
        four.Return(many);
    }

    [Fact]
    public void AnEvaluationDrawsItsViewsWithTheGivenKey()
    {
        SimClrRecipe recipe = new(8, null, RandomPurpose.MeasuredView), training = new(8);
        using BatchProducer producer = BatchProducer.ForEvaluation(new FakeImageSet(5), recipe, 3, viewsPerSample: 4, seed: 42, epoch: 6);
        for (int first = 0; first < 5; first += 3)
        {
            RawBatch batch = producer.Next()!;
            Assert.Equal(Math.Min(3, 5 - first), batch.Count);
            for (int i = 0; i < batch.Count; i++)
            {
                (int height, int width) = FakeImageSet.SizeOf(first + i);
                for (uint view = 0; view < 4; view++)
                {
                    ViewRecipe drawn = batch.Recipes[((int)view * batch.Count) + i];
                    Assert.Equal(recipe.Draw(42, 6, (uint)(first + i), view, height, width) with { Image = i }, drawn);
                    Assert.NotEqual(training.Draw(42, 6, (uint)(first + i), view, height, width) with { Image = i }, drawn);
                }
            }

            producer.Return(batch);
        }

        Assert.Null(producer.Next());
    }

    [Fact]
    public void RanksTakeTurnsByTheBatchesOfOne()
    {
        int[][][] expected = [[[0, 1, 2, 3], [8, 9, 10]], [[4, 5, 6, 7], []]];
        for (int rank = 0; rank < expected.Length; rank++)
        {
            using BatchProducer producer = BatchProducer.ForEvaluation(new FakeImageSet(11), new PlainRecipe(), 4, rank: rank, ranks: expected.Length);
            foreach (int[] batch in expected[rank]) Assert.Equal(batch, Take(producer));
            Assert.Null(producer.Next());
        }
    }

    [Fact]
    public void AnEvaluationShowsEverySampleOnceInOrder()
    {
        using BatchProducer producer = BatchProducer.ForEvaluation(new FakeImageSet(11), new PlainRecipe(), 4);
        Assert.Equal([0, 1, 2, 3], Take(producer));
        Assert.Equal([4, 5, 6, 7], Take(producer));
        RawBatch last = producer.Next()!;
        Assert.Equal([8, 9, 10], last.Samples);
        Assert.Equal(3, last.Recipes.Length);
        producer.Return(last);
        Assert.Null(producer.Next());
        Assert.Null(producer.Next());
    }

    [Theory, InlineData(false), InlineData(true)]
    public void ABadImageReachesTheConsumerBehindTheGoodBatches(bool decodes)
    {
        using BatchProducer producer = BatchProducer.ForEvaluation(new FakeImageSet(20) { Bad = 13, DecodesOnRead = decodes }, new PlainRecipe(), 4);
        for (int step = 0; step < 3; step++) Take(producer);
        Assert.Equal("image 13 is bad", Assert.Throws<BadDataException>(() => producer.Next()).Message);
        Assert.Throws<BadDataException>(() => producer.Next());
    }

    [Theory, InlineData(false), InlineData(true)]
    public void DisposeEndsTheReadingInTheMiddleOfABatch(bool decodes)
    {
        FakeImageSet set = new(100_000) { MillisecondsPerRead = 5, DecodesOnRead = decodes };
        BatchProducer producer = BatchProducer.ForTraining(set, new PlainRecipe(), 1, 100_000);
        Assert.True(SpinWait.SpinUntil(() => set.Reads > 2, 60_000));
        producer.Dispose();
        int reads = set.Reads;
        Assert.InRange(reads, 3, 10_000);
        Thread.Sleep(30);
        Assert.Equal(reads, set.Reads);
        Assert.Throws<ObjectDisposedException>(() => producer.Next());
    }

    [Fact]
    public void DisposeEndsAProducerThatWaits()
    {
        FakeImageSet set = new(50);
        BatchProducer producer = BatchProducer.ForTraining(set, new PlainRecipe(), 1, 5);
        Assert.True(SpinWait.SpinUntil(() => set.Reads == 10, 60_000));
        producer.Dispose();
        Assert.Equal(10, set.Reads); // two batches and no more were read ahead
    }

    [Fact]
    public void BatchesGoBackInOrderAndOnlyTwoAreOut()
    {
        using BatchProducer producer = BatchProducer.ForTraining(new FakeImageSet(50), new PlainRecipe(), 1, 5);
        RawBatch first = producer.Next()!, second = producer.Next()!;
        Assert.Throws<InvalidOperationException>(() => producer.Next());
        Assert.Throws<ArgumentException>(() => producer.Return(second));
        producer.Return(first);
        producer.Return(second);
        Assert.Throws<ArgumentException>(() => producer.Return(first));
    }

    [Fact]
    public void NothingIsAllocatedOnceTheBuffersAreLargeEnough()
    {
        FakeImageSet set = new(40);
        using BatchProducer producer = BatchProducer.ForTraining(set, new SimClrRecipe(8), 3, 8);
        using Rig rig = new(100_000, threads: 1);
        using ViewMaker maker = new(rig.Ops, PixelRange.Unit);
        Tensor views = rig.Take(16, 8, 8, 3);
        long reader = 0, consumer = 0;
        for (int step = 0; step < 200; step++)
        {
            if (step == 100) (reader, consumer) = (set.AllocatedByReader, GC.GetAllocatedBytesForCurrentThread());
            RawBatch batch = producer.Next()!;
            maker.Make(batch, views);
            producer.Return(batch);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - consumer);
        Assert.Equal(0, set.AllocatedByReader - reader);
    }

    [Fact]
    public void DecodingThreadsAllocateNothingOnceTheirBuffersAreLargeEnough()
    {
        FakeImageSet set = new(40) { DecodesOnRead = true, IsOfOneSize = true };
        using BatchProducer producer = BatchProducer.ForTraining(set, new SimClrRecipe(8), 3, 40);
        long before = 0;
        for (int step = 0; step < 200; step++)
        {
            if (step == 100) before = set.AllocatedBetweenReads;
            producer.Return(producer.Next()!);
        }

        Assert.Equal(0, set.AllocatedBetweenReads - before);
    }

    [Fact]
    public void TheViewMakerMakesTheViewsOfEachBatch()
    {
        using BatchProducer producer = BatchProducer.ForEvaluation(new FakeImageSet(9), new PlainRecipe(), 3);
        using Rig rig = new(10_000);
        using ViewMaker maker = new(rig.Ops, PixelRange.Unit);
        Tensor views = rig.Take(3, 6, 6, 3);
        while (producer.Next() is { } batch)
        {
            maker.Make(batch, views);
            for (int i = 0; i < 3; i++)
            {
                double[] truth = AugmentViewsReference<double>.View(batch.Pixels, batch.Images[i], batch.Recipes[i], 6, 6);
                Assert.InRange(Rig.MaxError(views.Slice(i, 1).Floats, truth), 0, 1e-6);
            }

            producer.Return(batch);
        }
    }

    [Fact]
    public void WrongNumbersAreRefused()
    {
        FakeImageSet set = new(5);
        Assert.Contains("samplesPerBatch is 6; fake has only 5 images.", Refused(() => BatchProducer.ForTraining(set, new PlainRecipe(), 1, 6)), StringComparison.Ordinal);
        Assert.Contains("samplesPerBatch is 0", Refused(() => BatchProducer.ForEvaluation(set, new PlainRecipe(), 0)), StringComparison.Ordinal);
        Assert.Contains("viewsPerSample is 0", Refused(() => BatchProducer.ForTraining(set, new PlainRecipe(), 1, 2, 0)), StringComparison.Ordinal);
        Assert.Contains("shards is 3; expected a divisor of the 4 samples", Refused(() => BatchProducer.ForTraining(set, new PlainRecipe(), 1, 4, shards: 3)), StringComparison.Ordinal);
        Assert.Contains("shards is 0", Refused(() => BatchProducer.ForTraining(set, new PlainRecipe(), 1, 4, shards: 0)), StringComparison.Ordinal);
        Assert.Contains("startStep is -1", Refused(() => BatchProducer.ForTraining(set, new PlainRecipe(), 1, 2, 2, -1)), StringComparison.Ordinal);
    }

    private static string Refused(Func<BatchProducer> make) => Assert.Throws<ArgumentException>(() => { make().Dispose(); }).Message;

    private static int[] Take(BatchProducer producer)
    {
        RawBatch batch = producer.Next()!;
        int[] samples = batch.Samples.ToArray();
        producer.Return(batch);
        return samples;
    }

    /// <summary>Images of different sizes whose bytes say which image they are of.</summary>
    private sealed class FakeImageSet(int count) : IImageSet
    {
        private int reads;
        private long allocatedByReader, allocatedBetweenReads;

        [ThreadStatic]
        private static long allocatedAtRead;

        public int Bad { get; init; } = -1;

        public int MillisecondsPerRead { get; init; }

        public bool DecodesOnRead { get; init; }

        public bool IsOfOneSize { get; init; }

        /// <summary>What all reading threads have allocated from one read of theirs to the next.</summary>
        public long AllocatedBetweenReads => Interlocked.Read(ref allocatedBetweenReads);

        public int Reads => Volatile.Read(ref reads);

        /// <summary>What the reading thread had allocated when it last read.</summary>
        public long AllocatedByReader => Volatile.Read(ref allocatedByReader);

        public string Name => "fake";

        public long MaximumBytes => 3L * 64 * 64;

        public int Count => count;

        public IReadOnlyList<string> ClassNames { get; init; } = [];

        public string Fingerprint => "fake";

        public static (int Height, int Width) SizeOf(int index) => (3 + (index % 4), 2 + (index % 7));

        public static byte[] PixelsOf(int index) => [.. Enumerable.Range(0, 3 * SizeOf(index).Height * SizeOf(index).Width).Select(i => PixelOf(index, i))];

        public int Label(int index) => ClassNames.Count > 0 ? index % ClassNames.Count : throw new InvalidOperationException("no labels");

        public (int Height, int Width) Read(int index, ref byte[] pixels)
        {
            Volatile.Write(ref allocatedByReader, GC.GetAllocatedBytesForCurrentThread());
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            if (allocatedAtRead > 0) Interlocked.Add(ref allocatedBetweenReads, allocated - allocatedAtRead);
            allocatedAtRead = allocated;
            if (index == Bad) throw new BadDataException($"image {index} is bad");
            if (MillisecondsPerRead > 0) Thread.Sleep(MillisecondsPerRead);
            (int height, int width) = SizeOf(IsOfOneSize ? 0 : index);
            if (pixels.Length < 3 * height * width) pixels = new byte[3 * height * width];
            for (int i = 0; i < 3 * height * width; i++) pixels[i] = PixelOf(index, i);
            Interlocked.Increment(ref reads);
            return (height, width);
        }

        private static byte PixelOf(int index, int i) => (byte)((index * 37) + (i * 11));
    }
}
