namespace NegSamples.Tests.Cli;

/// <summary>Small files in the data sets' own formats.</summary>
internal static class TinyImages
{
    /// <summary>CIFAR-10's six files with a few records each; record i has label i mod 10.</summary>
    public static string WriteCifar10(string folder, int recordsPerFile)
    {
        Directory.CreateDirectory(folder);
        Random random = new(3);
        foreach (string name in new[] { "data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch" })
        {
            byte[] records = new byte[recordsPerFile * 3073];
            random.NextBytes(records);
            for (int i = 0; i < recordsPerFile; i++) records[i * 3073] = (byte)(i % 10);
            File.WriteAllBytes(Path.Combine(folder, name + ".bin"), records);
        }

        return folder;
    }
}
