using NegSamples.Files;
using NegSamples.Files.Weights;
using NegSamples.Kernels;
using NegSamples.Tests.Files.Weights;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Encoders;
using NegSamples.Training.InitialWeights;
using NegSamples.Training.Layers;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training.InitialWeights;

/// <summary>On a narrow network with torchvision's names: what other programs call its tensors, and what does not fit.</summary>
public sealed class WeightImportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly CpuOps ops = new(1);

    /// <summary>A name here as another program has it; null where it has no such tensor.</summary>
    public static Dictionary<string, Func<string, string?>> Programs { get; } = new()
    {
        ["torchvision"] = name => name,
        ["DistributedDataParallel"] = name => "module." + name,
        ["torch.compile"] = name => "_orig_mod." + name,
        ["the paper"] = name => !IsOfHead(name) ? "f." + name : "g.projection_head." + Paper(name),
        ["the paper, DistributedDataParallel"] = name => !IsOfHead(name) ? "module.f." + name : "module.g.projection_head." + Paper(name),
        ["MoCo"] = name => IsOfHead(name) ? null : "module.encoder_q." + name,
        ["solo-learn"] = name => "backbone." + name,
        ["lightly"] = name => IsOfHead(name) ? name.Replace("projection_head.", "projection_head.layers.", StringComparison.Ordinal) : "backbone." + Numbered(name),
        ["encoder"] = name => "encoder." + name,
    };

    public static TheoryData<string> Names => [.. Programs.Keys];

    [Theory, MemberData(nameof(Names))]
    public void TheNamesOfThisProgramAreKnown(string program)
    {
        using Model source = Network(1), target = Network(2);
        string path = Write(source, Programs[program], path: program == "MoCo" ? ["state_dict"] : []);
        WeightImport import = Import(path, target);
        Assert.Equal(program is not ("MoCo" or "solo-learn" or "encoder"), import.HasHead);
        foreach ((NamedTensor from, NamedTensor to) in source.Tensors.Zip(target.Tensors))
        {
            bool isTaken = import.HasHead || !IsOfHead(from.Name);
            if (isTaken) Assert.Equal(from.Value.Floats.ToArray(), to.Value.Floats.ToArray());
            else if (from.Value.Rank > 1) Assert.NotEqual(from.Value.Floats.ToArray(), to.Value.Floats.ToArray());
        }

        Assert.Equal(source.Tensors.Count(tensor => import.HasHead || !IsOfHead(tensor.Name)), import.Rows.Where(row => row.Fate == WeightFate.Taken).Sum(row => row.Tensors));
        Assert.Equal(import.HasHead ? 0 : source.Tensors.Count(tensor => IsOfHead(tensor.Name)), import.Rows.Where(row => row.Fate == WeightFate.Missing).Sum(row => row.Tensors));
    }

    /// <summary>MoCo: the encoder that learns is taken, not the momentum encoder or the queue, and its head without a batch norm is left.</summary>
    [Fact]
    public void WhatIsLeftIsSaid()
    {
        using Model source = Network(1), momentum = Network(3), target = Network(2);
        List<(string, int[], float[])> all = [.. Of(momentum, Programs["MoCo"]).Select(entry => (entry.Name.Replace("encoder_q", "encoder_k", StringComparison.Ordinal), entry.Shape, entry.Values)),
            .. Of(source, Programs["MoCo"]), ("module.encoder_q.fc.0.weight", [32, 32], new float[1024]), ("module.encoder_q.fc.0.bias", [32], new float[32]),
            ("module.encoder_q.fc.2.weight", [8, 32], new float[256]), ("module.encoder_q.fc.2.bias", [8], new float[8]), ("module.queue", [8, 3], new float[24]),
            ("module.encoder_q.bn1.num_batches_tracked", [], [7])];
        WeightImport import = Import(folder.Write("moco.pth", TorchFile.Of(all, "FloatStorage", "state_dict")), target);
        Assert.Equal(source.Tensors[0].Value.Floats.ToArray(), target.Tensors[0].Value.Floats.ToArray());
        Assert.Equal("'state_dict', names under 'module.encoder_q.'", import.From);
        Assert.Contains(new WeightRow(WeightFate.Missing, "projection_head", 7, "drawn by the seed: this head has no projection_head.3.bias"), import.Rows);
        Assert.Contains(new WeightRow(WeightFate.Left, "module.encoder_q.fc", 4, "a head: module.encoder_q.fc.0.weight [32, 32]"), import.Rows);
        Assert.Contains(new WeightRow(WeightFate.Left, "module.queue", 1, "no place here: module.queue [8, 3]"), import.Rows);
        Assert.Contains(new WeightRow(WeightFate.Left, "num_batches_tracked", 1, "counters, which nothing reads"), import.Rows);
        Assert.Equal(all.Count, import.Rows.Where(row => row.Fate != WeightFate.Missing).Sum(row => row.Tensors));
    }

    public static TheoryData<string, bool, string> Faults => new()
    {
        { "stem", true, "conv1.weight is [4, 3, 7, 7] in the file, [4, 3, 3, 3] here: the file has another stem (`stem` imagenet fits it; or leave it out with `initWithout` conv1)" },
        { "missing", false, "layer2.0.bn1.weight is missing" },
        { "more", false, "layer1.1.conv1.weight is not expected" },
        { "whole", false, "bn1.bias holds Int64" },
        { "finite", false, "bn1.bias holds NaN" },
        { "variance", false, "bn1.running_var holds -1; expected finite weights of at most 1e+15, and variances of at least 0" },
        { "names", false, "has none of the names of this encoder: it has 1 tensor, blocks.0.attn.qkv.weight; expected torchvision's or timm's, such as conv1.weight" },
        { "nothing", false, "it has no tensor" },
    };

    [Theory, MemberData(nameof(Faults))]
    public void WhatDoesNotFitIsNamed(string fault, bool isSetting, string expected)
    {
        using Model source = Network(1), target = Network(2);
        List<(string Name, int[] Shape, float[] Values)> all = [.. Of(source, name => name)];
        int Place(string name) => all.FindIndex(entry => entry.Name == name);
        switch (fault)
        {
            case "stem": all[0] = ("conv1.weight", [4, 3, 7, 7], new float[588]); break;
            case "missing": all.RemoveAt(Place("layer2.0.bn1.weight")); break;
            case "more": all.Add(("layer1.1.conv1.weight", [4, 4, 3, 3], new float[144])); break;
            case "whole" or "finite" or "variance":
                string name = fault == "variance" ? "bn1.running_var" : "bn1.bias";
                all[Place(name)] = (name, [4], [0, 1, fault == "variance" ? -1 : float.NaN, 2]);
                break;
            case "names": all = [("blocks.0.attn.qkv.weight", [3, 3], new float[9])]; break;
            default: all = []; break;
        }

        string path = folder.Write("w.pth", fault == "whole" ? WithWhole(all, "bn1.bias") : TorchFile.Of(all));
        Exception refusal = Assert.ThrowsAny<Exception>(() => Import(path, target));
        Assert.IsType(isSetting ? typeof(SettingsException) : typeof(BadDataException), refusal);
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>A part that is left out by name keeps what the seed drew; one that there is not is refused.</summary>
    [Fact]
    public void APartCanBeLeftOut()
    {
        using Model source = Network(1), target = Network(2), fresh = Network(2);
        List<(string Name, int[] Shape, float[] Values)> all = [.. Of(source, name => name)];
        all[0] = ("conv1.weight", [4, 3, 7, 7], new float[588]);
        string path = folder.Write("w.pth", TorchFile.Of(all));
        WeightImport import = Import(path, target, "conv1", "projection_head");
        Assert.Equal(fresh.Tensors[0].Value.Floats.ToArray(), target.Tensors[0].Value.Floats.ToArray());
        Assert.Equal(source.Tensors[5].Value.Floats.ToArray(), target.Tensors[5].Value.Floats.ToArray());
        Assert.Equal(fresh.Tensors[^1].Value.Floats.ToArray(), target.Tensors[^1].Value.Floats.ToArray());
        Assert.Contains(new WeightRow(WeightFate.Missing, "conv1", 1, "drawn by the seed, as it was asked for"), import.Rows);
        Assert.Contains(new WeightRow(WeightFate.Left, "conv1", 1, "as it was asked for"), import.Rows);
        Assert.False(import.HasHead);
        Assert.Contains("names 'stem', which the encoder does not have; its parts are conv1, bn1, layer1",
            Assert.Throws<SettingsException>(() => Import(path, target, "stem")).Message, StringComparison.Ordinal);
    }

    /// <summary>A file of one real network is refused for another by its name, though all names of the smaller are in it.</summary>
    [Fact]
    public void AnotherNetworkIsNamed()
    {
        int[] blocks = [3, 4, 6, 3];
        List<(string, int[], float[])> names = [("conv1.weight", [64, 3, 7, 7], new float[64 * 147])];
        for (int group = 0; group < 4; group++)
            for (int block = 0; block < blocks[group]; block++) names.Add(($"layer{group + 1}.{block}.conv1.weight", [1], [0]));
        string path = folder.Write("w.pth", TorchFile.Of(names));
        using Model target = Network(2);
        Assert.EndsWith("has the weights of a resnet34; `encoder` is resnet18.", Assert.Throws<SettingsException>(() => Import(path, target)).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        ops.Dispose();
        folder.Dispose();
    }

    private WeightImport Import(string path, Model model, params string[] without)
    {
        using WeightsFile file = WeightsFile.Open(path);
        WeightImport import = WeightImport.Of(file, model, without);
        import.Load(file, model);
        return import;
    }

    private Model Network(ulong seed) => Model.Create(ops, new ModelSettings(EncoderKind.ResNet18, StemKind.Cifar, 8, 8, 8), seed,
        blueprint => new ResNet(blueprint, new MapShape(8, 8, 3), StemKind.Cifar, bottleneck: false, [1, 1, 1, 1], width: 4));

    private string Write(Model model, Func<string, string?> nameOf, string[] path) => folder.Write("w.pth", TorchFile.Of(Of(model, nameOf), "FloatStorage", path));

    private static List<(string Name, int[] Shape, float[] Values)> Of(Model model, Func<string, string?> nameOf) =>
    [
        .. from tensor in model.Tensors
           let name = nameOf(tensor.Name)
           where name is not null
           let value = tensor.Value
           let values = value.Floats.ToArray()
           select tensor.Layout == TensorLayout.ConvolutionWeight
               ? (name, new[] { value[0], value[3], value[1], value[2] }, ConvolutionLayout.ToOihw(values, value[0], value[1], value[2], value[3]))
               : (name, [.. Enumerable.Range(0, value.Rank).Select(axis => value[axis])], values),
    ];

    private static byte[] WithWhole(List<(string Name, int[] Shape, float[] Values)> tensors, string whole)
    {
        TorchFile file = new TorchFile().BeginOrdered();
        foreach ((string name, int[] shape, float[] values) in tensors)
        {
            string storage = name == whole ? "LongStorage" : "FloatStorage";
            file.Text(name).Tensor(storage, TorchFile.Bytes(name == whole ? [1, 2, 3, 4] : values, storage), values.Length, 0, shape, TorchFile.Contiguous(shape));
        }

        return file.EndOrdered().ToArray();
    }

    private static bool IsOfHead(string name) => name.StartsWith("projection_head.", StringComparison.Ordinal);

    private static string Paper(string name) => name["projection_head.".Length..] is var own && own[0] == '0' ? "linear1" + own[1..] : own[0] == '1' ? "bn1" + own[1..] : "linear2" + own[1..];

    private static string Numbered(string name) => name.StartsWith("conv1", StringComparison.Ordinal) ? "0" + name[5..]
        : name.StartsWith("bn1", StringComparison.Ordinal) ? "1" + name[3..] : (char)(name[5] + 3) + name[6..];
}
