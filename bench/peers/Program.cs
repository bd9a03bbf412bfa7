using NegSamples.Peers;
using NegSamples.Training;

// --table FILE writes the table; --rounds N; --only contrastive | matmul | convolution | step | large | keys, the last with --figures FOLDER.
if (args is [ManyKeys.MemoryOption, var side, var keys])
{
    Libtorch.Load(Environment.ProcessorCount);
    ManyKeys.PrintMemory(side, int.Parse(keys, System.Globalization.CultureInfo.InvariantCulture));
    return 0;
}

if (args is [TrainingStep.TryOption, var encoder, var batch, var form])
{
    Libtorch.Load(Environment.ProcessorCount);
    TrainingStep.Try(EncoderKind.Find(encoder)!, int.Parse(batch, System.Globalization.CultureInfo.InvariantCulture), PeerForm.OfImages.Single(one => one.ToString() == form));
    return 0;
}

string? Option(string name)
{
    int place = Array.IndexOf(args, name);
    return place >= 0 && place + 1 < args.Length ? args[place + 1] : null;
}

string? only = Option("--only");
if (only is not (null or "contrastive" or "matmul" or "convolution" or "step" or "large" or "keys")
    || (Option("--rounds") is { } text && (!int.TryParse(text, out int asked) || asked < 1)))
{
    Console.Error.WriteLine("expected: [--table FILE] [--rounds N, at least 1] [--only contrastive|matmul|convolution|step|large|keys] [--figures FOLDER]");
    return 2;
}

int rounds = int.Parse(Option("--rounds") ?? "15", System.Globalization.CultureInfo.InvariantCulture);
string? reason = Libtorch.Load(Environment.ProcessorCount);
string? remark = reason ?? Libtorch.Remark;
if (remark is not null) Console.WriteLine(remark);
if (only == "keys")
{
    string table = ManyKeys.Measure(reason is null, rounds, Option("--figures"));
    if (Option("--table") is { } keysFile) File.WriteAllText(keysFile, table);
    return 0;
}

Alternation alternation = new(rounds);
if (only is null or "contrastive")
{
    // First, for these report the most memory that the process has held.
    ContrastiveLosses.NtXent(alternation, reason is null, rows: 8192);
    ContrastiveLosses.Queue(alternation, reason is null, rows: 1024, count: 65536);
}

if (only is null or "matmul") Operations.MatMul(alternation, reason is null);
if (only is null or "convolution") Operations.Convolution(alternation, reason is null, batch: 64);
if (only is null or "step")
{
    TrainingStep.Small(alternation, reason is null, batch: 64);
    TrainingStep.Small(alternation, reason is null, batch: 256);
}

if (only is null or "large")
{
    TrainingStep.Large(alternation, reason is null, EncoderKind.ResNet18, batch: 32);
    TrainingStep.Large(alternation, reason is null, EncoderKind.ResNet50, batch: 32);
}

if (Option("--table") is { } file) File.WriteAllText(file, (remark is null ? "" : remark + "\n\n") + alternation.Table);
return 0;
