namespace NegSamples.Tests.Augment.Data.Text;

/// <summary>A folder of texts in the form of AG News: two classes with words of their own, and words that both have.</summary>
internal static class TinyTexts
{
    private static readonly string[][] Own = [["goal", "match", "team", "coach"], ["stock", "market", "price", "bank"]];
    private static readonly string[] Common = ["the", "a", "of", "new"];

    public static string Write(string folder, int train = 40, int test = 20)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "classes.txt"), "Sports\nBusiness\n");
        Random random = new(5);
        WriteRows("train.csv", train);
        WriteRows("test.csv", test);
        return folder;

        void WriteRows(string file, int count) => File.WriteAllLines(Path.Combine(folder, file), Enumerable.Range(0, count).Select(row =>
            $"\"{(row % 2) + 1}\",\"{Words(row, 3)}\",\"{Words(row, 4 + (row % 3))}\""));

        string Words(int row, int count) => string.Join(' ', Enumerable.Range(0, count).Select(i => (i % 3 == 2 ? Common : Own[row % 2])[random.Next(4)]));
    }
}
