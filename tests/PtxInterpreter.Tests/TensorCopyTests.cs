namespace NegSamples.PtxInterpreter.Tests;

/// <summary>
/// Boxes that come out of a matrix to shared memory, whose places are computed here by the ISA's formula for a swizzle; and barriers in shared memory, with one thing
/// left out at a time.
/// </summary>
public class TensorCopyTests
{
    private const int Columns = 40, Rows = 11, Pitch = 48, BoxColumns = 32, BoxRows = 8, Threads = 64;

    private const string Head = """
        .version 8.0
        .target sm_90a
        .address_size 64
        .extern .shared .align 1024 .b8 dynamic[];
        .visible .entry copy(.param .align 64 .b8 map[128], .param .u64 y, .param .b32 column, .param .b32 row)
        {
        .reg .b64 %map, %y, %at;
        .reg .b32 %box, %bar, %thread, %word, %place, %column, %row;
        .reg .pred %first, %done, %second;
        mov.u32 %thread, %tid.x;
        mov.u32 %box, dynamic;
        add.u32 %bar, %box, 512;
        mov.b64 %map, map;
        cvta.param.u64 %map, %map;
        ld.param.u64 %y, [y];
        ld.param.b32 %column, [column];
        ld.param.b32 %row, [row];
        setp.eq.u32 %first, %thread, 0;
        setp.ge.u32 %second, %thread, 32;

        """;

    private const string Make = """
        @%first mbarrier.init.shared.b64 [%bar], 1;
        fence.proxy.async.shared::cta;
        bar.sync 0;

        """;

    private const string Copy = """
        @%first mbarrier.arrive.expect_tx.shared.b64 _, [%bar], 512;
        @%first cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%box], [%map, {%column, %row}], [%bar];

        """;

    private const string Wait = """
        AGAIN:
        mbarrier.try_wait.parity.shared.b64 %done, [%bar], 0;
        @!%done bra AGAIN;

        """;

    private const string Read = """
        mov.u32 %place, %thread;
        NEXT:
        shl.b32 %word, %place, 2;
        add.u32 %word, %box, %word;
        ld.shared.b32 %word, [%word];
        mul.wide.u32 %at, %place, 4;
        add.u64 %at, %y, %at;
        st.global.b32 [%at], %word;
        add.u32 %place, %place, 64;
        setp.lt.u32 %first, %place, 128;
        @%first bra NEXT;
        ret;
        }
        """;

    /// <summary>Within the matrix, over its right and lower ends, before its beginning, and outside.</summary>
    [Theory]
    [InlineData(0, 0, 16, 16)]
    [InlineData(16, 5, 12, 12)]
    [InlineData(8, 0, 24, 16)] // 64 bytes from the middle of a sector.
    [InlineData(-7, -3, 10, 10)]
    [InlineData(64, 0, 0, 0)]
    [InlineData(0, 20, 0, 0)]
    public void ABoxIsSwizzledAndZeroOutsideOfTheMatrix(int column, int row, int sectorsAsked, int sectorsNeeded)
    {
        ushort[] matrix = [.. Enumerable.Range(1, Rows * Pitch).Select(i => (ushort)i)];
        (ushort[] box, LaunchReport report) = Run(Head + Make + Copy + Wait + Read, matrix, column, row, isClean: true);
        Assert.Equal((sectorsAsked, sectorsNeeded), report.Lines.Where(line => line.Text.Contains("cp.async.bulk", StringComparison.Ordinal))
            .Select(line => ((int)line.SectorsAsked, (int)line.SectorsNeeded)).Single());
        for (int i = 0; i < BoxRows; i++)
        {
            for (int j = 0; j < BoxColumns; j++)
            {
                bool isInside = row + i >= 0 && row + i < Rows && column + j >= 0 && column + j < Columns;
                int chunk = j / 8 ^ i / 2 % 4; // 64 bytes: bits 7 and 8 of the address on bits 4 and 5, so of the row without its last bit.
                Assert.Equal(isInside ? matrix[((row + i) * Pitch) + column + j] : 0, box[(i * BoxColumns) + (chunk * 8) + (j % 8)]);
            }
        }
    }

    [Theory]
    [InlineData("fence.proxy.async.shared::cta;", "", FindingKind.ProxyFence)]
    [InlineData("bar.sync 0;", "", FindingKind.SharedRace)] // The other warp may ask a barrier that is not made yet.
    [InlineData("_, [%bar], 512", "_, [%bar], 511", FindingKind.BarrierDivergence)]
    [InlineData("[%bar], 1;", "[%bar], 2;", FindingKind.BarrierDivergence)]
    [InlineData(Wait, "", FindingKind.AsyncCopyRead)]
    [InlineData(Wait, "@!%second bra ON;\n" + Wait + "ON:\n", FindingKind.AsyncCopyRead)] // One warp waits, the other does not.
    [InlineData("[%bar], 0;", "[%bar], 1;", FindingKind.AsyncCopyRead)] // The phase before the first has ended.
    [InlineData("@%first mbarrier.init.shared.b64 [%bar], 1;", "", FindingKind.UninitializedShared)]
    [InlineData("[%box], [%map", "[%box+16], [%map", FindingKind.Misaligned)]
    [InlineData("[%box], [%map", "[%box+256], [%map", FindingKind.ProxyFence)] // Over the barrier.
    [InlineData("[%box], [%map", "[%box+1024], [%map", FindingKind.OutOfBounds)]
    [InlineData("mov.b64 %map, map;", "mov.b64 %map, y;", FindingKind.OutOfBounds)]
    [InlineData(".align 64 .b8 map", ".align 16 .b8 map", FindingKind.Misaligned)]
    [InlineData("bar.sync 0;", "bar.sync 0;\nst.shared.b32 [%box], %thread;\nbar.sync 0;", FindingKind.ProxyFence)] // Written the ordinary way before.
    public void WhatIsLeftOutIsFound(string text, string broken, FindingKind kind)
    {
        string whole = Head + Make + Copy + Wait + Read;
        Assert.Contains(text, whole, StringComparison.Ordinal);
        LaunchReport report = Run(whole.Replace(text, broken, StringComparison.Ordinal), new ushort[Rows * Pitch], 0, 0).Report;
        Assert.Contains(report.Findings, finding => finding.Kind == kind);
    }

    /// <summary>A second box goes where the first one was read only behind a barrier, and what waits for it waits for the second phase.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void APlaceIsWrittenAgainBehindABarrier(bool isOrdered)
    {
        string again = $"ld.shared.b32 %word, [%box];\n{(isOrdered ? "bar.sync 0;\n" : "")}add.s32 %row, %row, 2;\n{Copy}{Wait.Replace("0;", "1;", StringComparison.Ordinal).Replace("AGAIN", "SECOND", StringComparison.Ordinal)}";
        ushort[] matrix = [.. Enumerable.Range(1, Rows * Pitch).Select(i => (ushort)i)];
        (ushort[] box, LaunchReport report) = Run(Head + Make + Copy + Wait + again + Read, matrix, 0, 0, isClean: isOrdered);
        if (isOrdered) Assert.Equal(matrix[2 * Pitch], box[0]);
        else Assert.Contains(report.Findings, finding => finding.Kind == FindingKind.SharedRace);
    }

    /// <summary>A phase of two arrivals, one from each warp: what each wrote before, the other may read behind the wait.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("mbarrier.arrive.shared.b64 _, [%bar];", FindingKind.SharedRace)] // The others of the warp arrive too: the phase ends without the other warp.
    public void ArrivalsOrderWhatWasWrittenBefore(string more, FindingKind? found = null)
    {
        string text = Head + Make.Replace("[%bar], 1", "[%bar], 2", StringComparison.Ordinal) + $$"""
            shl.b32 %word, %thread, 3;
            add.u32 %word, %box, %word;
            st.shared.v2.b32 [%word], {%thread, %thread};
            bar.warp.sync 0xffffffff;
            and.b32 %place, %thread, 31;
            setp.eq.u32 %first, %place, 0;
            @%first mbarrier.arrive.shared.b64 _, [%bar];
            {{more}}

            """ + Wait + Read;
        (ushort[] box, LaunchReport report) = Run(text, new ushort[Rows * Pitch], 0, 0, isClean: found is null);
        if (found is null) Assert.Equal([.. Enumerable.Range(0, Threads).Select(thread => (ushort)thread)], box.Where((_, i) => i % 4 == 0));
        else Assert.Contains(report.Findings, finding => finding.Kind == found);
    }

    [Theory]
    [InlineData("cp.async.bulk.tensor.2d", "cp.async.bulk.tensor.3d")]
    [InlineData("mbarrier.try_wait.parity", "mbarrier.test_wait.parity")]
    public void WhatIsNotKnownIsRefused(string text, string other) =>
        Assert.Throws<PtxException>(() => new PtxMachine((Head + Make + Copy + Wait + Read).Replace(text, other, StringComparison.Ordinal)));

    [Fact]
    public void AMapThatADeviceRefusesIsRefused()
    {
        BoxedTensor map = new(256, Columns, Rows, 2 * Pitch, BoxColumns, BoxRows, 2, 64);
        Assert.Equal(BoxedTensor.Bytes, map.Encode().Length);
        BoxedTensor[] wrong =
        [
            map with { Address = 264 }, map with { Rows = 0 }, map with { RowBytes = 2 * Pitch + 8 }, map with { RowBytes = 64 }, map with { BoxRows = 257 },
            map with { BoxColumns = 24 }, map with { Swizzle = 48 },
        ];
        Assert.All(wrong, other => Assert.Throws<ArgumentException>(other.Encode));
    }

    /// <summary>
    /// 8 windows of a tap, over the ends of a line and of an image, and beyond the last image; where windows start is counted here pixel by pixel: 3 in a line, two pixels
    /// apart, and 2 lines of an image of 5 x 4.
    /// </summary>
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(4, 1, 2)]
    [InlineData(10, 2, 0)]
    public void WindowsFollowEachOtherOverLinesAndImages(int first, int tapColumn, int tapRow)
    {
        const int Images = 2, Height = 4, Width = 5, Channels = 32;
        ushort[] images = [.. Enumerable.Range(1, Images * Height * Width * Channels).Select(i => (ushort)i)];
        string copy = $$"""
            .reg .b32 %image;
            .reg .b16 %across, %down;
            mov.b32 %image, {{first / 6}};
            mov.b16 %across, {{tapColumn}};
            mov.b16 %down, {{tapRow}};
            @%first mbarrier.arrive.expect_tx.shared.b64 _, [%bar], 512;
            @%first cp.async.bulk.tensor.4d.shared::cluster.global.im2col.mbarrier::complete_tx::bytes [%box], [%map, {0, %column, %row, %image}], [%bar], {%across, %down};

            """;
        PtxMachine machine = new(Head + Make + copy + Wait + Read);
        DeviceBuffer<ushort> x = machine.Allocate<ushort>(images), y = machine.AllocateUnwritten<ushort>(BoxRows * BoxColumns);

        // The last window of a line starts at column 3 of 5, one before the last; the last line at row 1 of 4, two before.
        byte[] map = new BoxedWindows(((IDeviceView)x).Address, Channels, Width, Height, Images, -1, -1, -1, -2, 2, BoxColumns, BoxRows, 2, 64).Encode();
        machine.Launch("copy", 1, Threads, 1100, map, y, (first % 3 * 2) - 1, (first % 6 / 3 * 2) - 1).AssertClean();
        ushort[] box = y.ToArray();
        for (int i = 0; i < BoxRows; i++)
        {
            int window = first + i, image = window / 6, row = (window % 6 / 3 * 2) - 1 + tapRow, column = (window % 3 * 2) - 1 + tapColumn;
            bool isInside = image < Images && row >= 0 && row < Height && column >= 0 && column < Width;
            for (int j = 0; j < BoxColumns; j++)
            {
                int chunk = j / 8 ^ i / 2 % 4;
                Assert.Equal(
                    isInside ? images[((((image * Height) + row) * Width) + column) * Channels + j] : 0, box[(i * BoxColumns) + (chunk * 8) + (j % 8)]);
            }
        }
    }

    [Fact]
    public void AMapOfWindowsThatADeviceRefusesIsRefused()
    {
        BoxedWindows map = new(256, 32, 5, 4, 2, -1, -1, -1, -2, 2, BoxColumns, BoxRows, 2, 64);
        Assert.Equal(BoxedTensor.Bytes, map.Encode().Length);
        BoxedWindows[] wrong =
        [
            map with { Address = 264 }, map with { Channels = 31 }, map with { Images = 0 }, map with { FirstColumn = -129 }, map with { LastRow = 128 }, map with { Step = 9 },
            map with { LastColumn = -6 }, map with { BoxChannels = 24 }, map with { BoxWindows = 1025 },
        ];
        Assert.All(wrong, other => Assert.Throws<ArgumentException>(other.Encode));
    }

    private static (ushort[] Box, LaunchReport Report) Run(string text, ushort[] matrix, int column, int row, bool isClean = false)
    {
        PtxMachine machine = new(text);
        DeviceBuffer<ushort> x = machine.Allocate<ushort>(matrix), y = machine.AllocateUnwritten<ushort>(BoxRows * BoxColumns);
        byte[] map = new BoxedTensor(((IDeviceView)x).Address, Columns, Rows, 2 * Pitch, BoxColumns, BoxRows, 2, 64).Encode();
        LaunchReport report = machine.Launch("copy", 1, Threads, 1100, map, y, column, row);
        if (isClean) report.AssertClean();
        return (y.ToArray(), report);
    }
}
