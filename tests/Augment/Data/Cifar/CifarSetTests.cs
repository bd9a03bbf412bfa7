using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Cifar;

namespace NegSamples.Tests.Augment.Data.Cifar;

public sealed class CifarSetTests : IDisposable
{
    private static readonly string[] TenFiles =
        ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("direct")]
    [InlineData("parent")]
    [InlineData("archive")]
    public void Cifar10IsReadFromAFolderItsParentAndTheArchive(string way)
    {
        WriteTen();
        string path = way switch { "direct" => folder.PathOf("cifar-10-batches-bin"), "parent" => folder.Root, _ => folder.Tar("cifar-10-batches-bin") };
        using ImageData data = DataSets.Open(path);
        Assert.Equal("cifar10", data.Kind);
        Assert.Equal((1 + 2 + 3 + 4 + 5, 6), (data.Train.Count, data.Test!.Count)); // file n has n records
        Assert.Equal(("airplane", "truck"), (data.Train.ClassNames[0], data.Train.ClassNames[9]));
        Assert.Equal(3072, data.Train.MaximumBytes);
        byte[] pixels = [];
        int image = 0;
        for (int file = 0; file < 5; file++)
        {
            for (int record = 0; record <= file; record++, image++)
            {
                byte[] truth = Record(1, file, record);
                Assert.Equal(truth[0], data.Train.Label(image));
                Assert.Equal((32, 32), data.Train.Read(image, ref pixels));
                for (int place = 0; place < 1024; place++)
                for (int channel = 0; channel < 3; channel++) Assert.Equal(truth[1 + (1024 * channel) + place], pixels[(3 * place) + channel]);
            }
        }

        Assert.Equal(Record(1, 5, 4)[0], data.Test.Label(4));
        Assert.Equal(6, data.Warnings.Count);
        Assert.Contains(data.Warnings, text => text.EndsWith("data_batch_3.bin has 3 records; the official file has 10000.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Cifar100HasItsFineLabels(bool archive)
    {
        WriteHundred();
        folder.Write("cifar-100-binary/fine_label_names.txt", System.Text.Encoding.UTF8.GetBytes(string.Join("\r\n", Enumerable.Range(0, 100).Select(i => $"class{i}")) + "\n\n"));
        using ImageData data = DataSets.Open(archive ? folder.Tar("cifar-100-binary") : folder.Root, archive ? null : "cifar100");
        Assert.Equal(("cifar100", 3, 2), (data.Kind, data.Train.Count, data.Test!.Count));
        Assert.Equal("class99", data.Train.ClassNames[99]);
        for (int i = 0; i < 3; i++) Assert.Equal(Record(2, 0, i)[1], data.Train.Label(i));
        byte[] pixels = [];
        data.Train.Read(2, ref pixels);
        Assert.Equal([Record(2, 0, 2)[2], Record(2, 0, 2)[2 + 1024], Record(2, 0, 2)[2 + 2048]], pixels[..3]);
    }

    [Fact]
    public void TheBuiltInNamesOfCifar100AreAHundred()
    {
        WriteHundred();
        using ImageData data = DataSets.Open(folder.Root);
        Assert.Equal(100, data.Train.ClassNames.Distinct().Count());
        Assert.Equal(data.Train.ClassNames.Order(StringComparer.Ordinal), data.Train.ClassNames);
    }

    [Fact]
    public void TheFingerprintIsThatOfTheContents()
    {
        WriteTen();
        string Train()
        {
            using ImageData data = DataSets.Open(folder.Root);
            return data.Train.Fingerprint;
        }

        string before = Train();
        string archived;
        using (ImageData data = DataSets.Open(folder.Tar("cifar-10-batches-bin"))) archived = data.Train.Fingerprint;
        Assert.Equal(before, archived);
        string path = folder.PathOf("cifar-10-batches-bin/data_batch_4.bin");
        byte[] bytes = File.ReadAllBytes(path);
        bytes[5000] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.NotEqual(before, Train());
    }

    [Fact]
    public void ACopyIsVerifiedByItsSums()
    {
        WriteTen();
        string path = folder.PathOf("cifar-10-batches-bin"), tar = folder.Tar("cifar-10-batches-bin");
        foreach (string data in new[] { path, tar })
        {
            using ImageData opened = DataSets.Open(data);
            Assert.Equal(Origin.Unknown, opened.Origin);
        }

        Dictionary<string, string> sums = CifarLayout.Cifar10.ImageFiles.ToDictionary(name => name, name => Origin.Sum(File.ReadAllBytes(Path.Combine(path, name))));
        CifarLayout layout = CifarLayout.Cifar10 with { FileSums = sums };
        CifarFiles files = CifarFiles.ReadFolder(path, layout);
        Assert.True(files.AreOfficial(layout, null));
        Assert.False(files.AreOfficial(CifarLayout.Cifar10, null));
        Assert.False(files.AreOfficial(layout with { FileSums = new Dictionary<string, string>(sums) { ["test_batch.bin"] = sums["data_batch_1.bin"] } }, null));
        Assert.False(files.AreOfficial(CifarLayout.Cifar100, null));
        string sum = TarArchive.Read(tar, new DataRequest(), (_, _, _) => { });
        Assert.Equal(Origin.Sum(File.ReadAllBytes(tar)), sum);
        Assert.True(files.AreOfficial(CifarLayout.Cifar100 with { ArchiveSum = sum }, sum));
    }

    [Fact]
    public void AFileOfPartOfARecordIsAFault()
    {
        WriteTen();
        string path = folder.Write("cifar-10-batches-bin/data_batch_2.bin", new byte[3073 + 100]);
        Assert.Equal($"{path} has 3173 bytes; expected 30730000 (10000 records of 3073 bytes), or at least whole records.", TemporaryFolder.Fault(folder.Root));
        folder.Write("cifar-10-batches-bin/data_batch_2.bin", []);
        Assert.Contains("data_batch_2.bin has 0 bytes; expected 30730000", TemporaryFolder.Fault(folder.Root), StringComparison.Ordinal);
    }

    [Fact]
    public void ALabelOutOfRangeIsNamedWithFileRecordAndValue()
    {
        WriteTen();
        byte[] bytes = new byte[3 * 3073];
        bytes[2 * 3073] = 10;
        string path = folder.Write("cifar-10-batches-bin/test_batch.bin", bytes);
        Assert.Equal($"{path}: record 2 has label 10; expected 0 to 9.", TemporaryFolder.Fault(folder.Root));
        string archive = folder.Tar("cifar-10-batches-bin");
        Assert.Equal($"{archive}: test_batch.bin: record 2 has label 10; expected 0 to 9.", TemporaryFolder.Fault(archive));
    }

    [Theory]
    [InlineData(1, 100, 99)]
    [InlineData(0, 20, 19)]
    public void BothLabelsOfCifar100AreChecked(int place, byte value, int most)
    {
        WriteHundred();
        byte[] bytes = new byte[2 * 3074];
        bytes[3074 + place] = value;
        string path = folder.Write("cifar-100-binary/test.bin", bytes);
        Assert.Equal($"{path}: record 1 has label {value}; expected 0 to {most}.", TemporaryFolder.Fault(folder.Root));
    }

    [Fact]
    public void AMissingFileIsNamed()
    {
        WriteTen();
        string path = folder.PathOf("cifar-10-batches-bin/data_batch_5.bin");
        File.Delete(path);
        Assert.StartsWith($"{path} is missing; cifar10 needs data_batch_1.bin, ", TemporaryFolder.Fault(folder.Root), StringComparison.Ordinal);
        string archive = folder.Tar("cifar-10-batches-bin");
        Assert.StartsWith($"{archive}: data_batch_5.bin is missing;", TemporaryFolder.Fault(archive), StringComparison.Ordinal);
        Assert.Contains("train.bin is missing; cifar100 needs train.bin, test.bin", TemporaryFolder.Fault(folder.Root, "cifar100"), StringComparison.Ordinal);
    }

    [Fact]
    public void AWrongNumberOfNamesIsAFault()
    {
        WriteTen();
        string path = folder.Write("cifar-10-batches-bin/batches.meta.txt", "cat\ndog\n"u8.ToArray());
        Assert.Equal($"{path} has 2 class names; expected 10.", TemporaryFolder.Fault(folder.Root));
    }

    [Fact]
    public void ATruncatedArchiveIsAFault()
    {
        WriteTen();
        string path = folder.Tar("cifar-10-batches-bin");
        byte[] whole = File.ReadAllBytes(path);
        foreach (int length in new[] { 2, 9, 30, whole.Length / 2, whole.Length - 2000 })
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Contains(path, TemporaryFolder.Fault(path), StringComparison.Ordinal);
            Assert.Contains(path, TemporaryFolder.Fault(path, "cifar10"), StringComparison.Ordinal);
        }

        byte[] damaged = [.. whole];
        damaged.AsSpan(whole.Length / 2, 200).Fill(0xA5);
        File.WriteAllBytes(path, damaged);
        Assert.Contains(path, TemporaryFolder.Fault(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("trailer zeroed")]
    [InlineData("trailer cut")]
    [InlineData("flipped")]
    public void DamageThatOnlyTheChecksumOfGzipShowsIsAFault(string damage)
    {
        WriteTen();
        string path = folder.Tar("cifar-10-batches-bin");
        byte[] plain;
        using (System.IO.Compression.GZipStream packed = new(File.OpenRead(path), System.IO.Compression.CompressionMode.Decompress))
        using (MemoryStream all = new())
        {
            packed.CopyTo(all);
            plain = all.ToArray();
        }

        using MemoryStream stored = new();
        using (System.IO.Compression.GZipStream packing = new(stored, System.IO.Compression.CompressionLevel.NoCompression, leaveOpen: true)) packing.Write(plain);
        byte[] file = stored.ToArray();
        int pixel = file.AsSpan().IndexOf(Record(1, 2, 1).AsSpan(100, 20));
        if (damage == "trailer zeroed") file.AsSpan(file.Length - 8).Clear();
        if (damage == "trailer cut") file = file[..^8];
        if (damage == "flipped") file[pixel] ^= 4;
        File.WriteAllBytes(path, file);
        Assert.StartsWith($"{path} cannot be read as .tar.gz or .tar; it is truncated or corrupt", TemporaryFolder.Fault(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(124, 12)]
    [InlineData(136, 12)]
    [InlineData(108, 8)]
    public void ANumberBeyondSixtyFourBitsInATarHeaderIsNoCrash(int at, int length)
    {
        byte[] header = new byte[512];
        "test_batch.bin"u8.CopyTo(header);
        "0000644\0"u8.CopyTo(header.AsSpan(100));
        "ustar\000"u8.CopyTo(header.AsSpan(257));
        header[156] = (byte)'0';
        header.AsSpan(at, length).Fill(0x7F);
        header[at] = 0x80;
        header.AsSpan(148, 8).Fill((byte)' ');
        int sum = header.Sum(value => value);
        System.Text.Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header, 148);
        Assert.Contains("a.tar", TemporaryFolder.Fault(folder.Write("a.tar", [.. header, .. new byte[1024]])), StringComparison.Ordinal);
    }

    [Fact]
    public void AFileAboveTheOfficialSizeIsRefusedBeforeItIsRead()
    {
        WriteTen();
        string path = folder.PathOf("cifar-10-batches-bin/data_batch_3.bin");
        using (FileStream large = File.Create(path)) large.SetLength(1L << 40);
        Assert.Equal($"{path} has {1L << 40} bytes; expected at most the 30730000 of the official file.", TemporaryFolder.Fault(folder.Root));
    }

    [Fact]
    public void BothSetsInOneFolderNeedAKind()
    {
        WriteTen();
        WriteHundred();
        Assert.Contains("holds cifar10 and cifar100; give the kind", TemporaryFolder.Fault(folder.Root), StringComparison.Ordinal);
        using ImageData data = DataSets.Open(folder.Root, "cifar100");
        Assert.Equal("cifar100", data.Kind);
    }

    [Fact]
    public void AnIndexOutOfRangeIsAnArgumentFault()
    {
        WriteHundred();
        using ImageData data = DataSets.Open(folder.Root);
        byte[] pixels = [];
        Assert.Throws<ArgumentOutOfRangeException>(() => data.Train.Label(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => data.Train.Read(-1, ref pixels));
    }

    private void WriteTen()
    {
        for (int file = 0; file < TenFiles.Length; file++)
            folder.Write($"cifar-10-batches-bin/{TenFiles[file]}", [.. Enumerable.Range(0, file + 1).SelectMany(record => Record(1, file, record))]);
    }

    private void WriteHundred()
    {
        folder.Write("cifar-100-binary/train.bin", [.. Enumerable.Range(0, 3).SelectMany(record => Record(2, 0, record))]);
        folder.Write("cifar-100-binary/test.bin", [.. Enumerable.Range(0, 2).SelectMany(record => Record(2, 1, record))]);
    }

    private static byte[] Record(int labelBytes, int file, int record)
    {
        byte[] bytes = new byte[labelBytes + 3072];
        Random random = new((100 * file) + record);
        random.NextBytes(bytes);
        if (labelBytes == 2) bytes[0] = (byte)random.Next(20);
        bytes[labelBytes - 1] = (byte)random.Next(labelBytes == 2 ? 100 : 10);
        return bytes;
    }
}
