namespace NegSamples.Augment.Data.Cifar;

/// <summary>How the binary and the Python version of CIFAR-10 or CIFAR-100 lies on disk.</summary>
/// <remarks>
/// Krizhevsky, "Learning multiple layers of features from tiny images", 2009. A record is its label bytes and 3 planes (red, green, blue) of 32 x 32 bytes.
/// </remarks>
/// <param name="Kind">"cifar10" or "cifar100".</param>
/// <param name="Folder">The folder in the official archive.</param>
/// <param name="TrainFiles">The files for training, in order.</param>
/// <param name="TrainRecords">Records in each of them.</param>
/// <param name="TestFile">The file for testing, of 10,000 records.</param>
/// <param name="NamesFile">The text file with one class name per line, in label order.</param>
/// <param name="Classes">How many values each label byte has; the last label byte is the label.</param>
/// <param name="Names">The class names, for where <paramref name="NamesFile"/> is missing.</param>
internal sealed record CifarLayout(
    string Kind, string Folder, string[] TrainFiles, int TrainRecords, string TestFile, string NamesFile, int[] Classes, string[] Names)
{
    public const int Side = 32, Plane = Side * Side, TestRecords = 10_000;

    public static readonly CifarLayout Cifar10 = new(
        "cifar10",
        "cifar-10-batches-bin",
        ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"],
        10_000,
        "test_batch.bin",
        "batches.meta.txt",
        [10],
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"])
    {
        ArchiveSum = "c32a1d4ab5d03f1284b67883e8d87530",
        PythonFolder = "cifar-10-batches-py",
        PythonNamesFile = "batches.meta",
        PythonNamesKey = "label_names",
        PythonLabels = ["labels"],
        PythonArchiveSum = "c58f30108f718f92721af3b95e74349a",
        FileSums = new Dictionary<string, string>
        {
            ["data_batch_1.bin"] = "5dd7e06a14cb22eb9f671a540d1b7c25", ["data_batch_2.bin"] = "5ea93a67294ea407fff1d09f752e9692",
            ["data_batch_3.bin"] = "942cd6a4bcdd0dd3c604fbe906cb4421", ["data_batch_4.bin"] = "ae636b3ba5c66a11e91e8cb52e771fcb",
            ["data_batch_5.bin"] = "53f37980c15c3d472c316c40844f3f0d", ["test_batch.bin"] = "803d5f7f4d78ea53de84dbe85f74fb6d",
        },
    };

    public static readonly CifarLayout Cifar100 = new(
        "cifar100",
        "cifar-100-binary",
        ["train.bin"],
        50_000,
        "test.bin",
        "fine_label_names.txt",
        [20, 100],
        ("apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle caterpillar cattle "
            + "chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish forest fox girl hamster house "
            + "kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange "
            + "orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal "
            + "shark shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger "
            + "tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm").Split(' '))
    {
        ArchiveSum = "03b5dce01913d631647c71ecec9e9cb8",
        PythonFolder = "cifar-100-python",
        PythonNamesFile = "meta",
        PythonNamesKey = "fine_label_names",
        PythonLabels = ["coarse_labels", "fine_labels"],
        PythonArchiveSum = "eb9058c3a382ffc7106e4002c42a8d85",
    };

    public static readonly CifarLayout[] All = [Cifar10, Cifar100];

    /// <summary>The published MD5 sum of the official archive.</summary>
    public required string ArchiveSum { get; init; }

    /// <summary>The published MD5 sum of the official archive of the Python version.</summary>
    public required string PythonArchiveSum { get; init; }

    /// <summary>The folder in that archive.</summary>
    public required string PythonFolder { get; init; }

    /// <summary>The file with the class names in that folder, and where in it they are.</summary>
    public required string PythonNamesFile { get; init; }

    /// <summary>What that file calls the class names.</summary>
    public required string PythonNamesKey { get; init; }

    /// <summary>What the files with images call each label, in the order of the label bytes.</summary>
    public required string[] PythonLabels { get; init; }

    /// <summary>The MD5 sums of the files with images, where they are known.</summary>
    public IReadOnlyDictionary<string, string> FileSums { get; init; } = new Dictionary<string, string>();

    /// <summary>Bytes of one record.</summary>
    public int Record => Classes.Length + (3 * Plane);

    /// <summary>All files with images.</summary>
    public IEnumerable<string> ImageFiles => TrainFiles.Append(TestFile);

    /// <summary>The file of the Python version that holds what a file of the binary one does.</summary>
    public string PythonNameOf(string file) => file == NamesFile ? PythonNamesFile : Path.GetFileNameWithoutExtension(file);

    /// <summary>The most bytes of each file: those of the official one.</summary>
    public IEnumerable<KeyValuePair<string, long>> Sizes(long largestNames) =>
    [
        .. TrainFiles.Select(file => KeyValuePair.Create(file, (long)TrainRecords * Record)),
        KeyValuePair.Create(TestFile, (long)TestRecords * Record),
        KeyValuePair.Create(NamesFile, largestNames),
    ];
}
