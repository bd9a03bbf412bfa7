using NegSamples.Files.Arrays;

namespace NegSamples.Files.Pickles;

/// <summary>What the pickle of a file of torch.save names: storages, tensors over them, and the dictionaries that hold them.</summary>
/// <param name="pickleBytes">The length of the pickle.</param>
internal sealed class TorchNames(int pickleBytes) : PickleNames
{
    // PyTorch has 64 too.
    private const int MostAxes = 64;

    private static readonly object Tensor = new(), Parameter = new(), ParameterWithState = new(), OfType = new(), Dictionary = new(), Size = new();

    /// <summary>Is understood as far as that it is no tensor: settings of the training, classes of tensors, types of numbers.</summary>
    private static readonly object Indifferent = new();

    private static readonly Dictionary<string, NumberType> Storages = new()
    {
        ["FloatStorage"] = NumberType.Float32, ["HalfStorage"] = NumberType.Float16, ["BFloat16Storage"] = NumberType.BFloat16,
        ["DoubleStorage"] = NumberType.Float64, ["LongStorage"] = NumberType.Int64, ["IntStorage"] = NumberType.Int32, ["ShortStorage"] = NumberType.Int16,
        ["CharStorage"] = NumberType.Int8, ["ByteStorage"] = NumberType.UInt8, ["BoolStorage"] = NumberType.Bool,
    };

    // The numbers of a checkpoint beside its weights may be NumPy's.
    private readonly NumpyNames numpy = new(pickleBytes);

    private long copied; // pairs that were made items of dictionaries, of which a pickle could name the same ones again and again

    internal override string Expected => "tensors and plain values";

    internal override string Advice => ". Save the weights alone: torch.save(model.state_dict(), FILE)";

    internal override bool HasObjects => true;

    internal override object? Find(string name)
    {
        foreach (string module in new[] { "torch.cuda.", "torch." })
        {
            if (name.StartsWith(module, StringComparison.Ordinal) && Storages.TryGetValue(name[module.Length..], out NumberType type)) return type;
        }

        return name switch
        {
            "torch._utils._rebuild_tensor_v2" => Tensor,
            "torch._utils._rebuild_parameter" => Parameter,
            "torch._utils._rebuild_parameter_with_state" => ParameterWithState,
            "torch._tensor._rebuild_from_type_v2" => OfType,
            "collections.OrderedDict" or "collections.defaultdict" or "argparse.Namespace" => Dictionary,
            "torch.Size" => Size,
            "torch.device" or "torch.Tensor" or "torch.nn.parameter.Parameter" or "builtins.dict" or "builtins.list" or "__builtin__.dict" or "__builtin__.list"
                or "torch.float32" or "torch.float16" or "torch.bfloat16" or "torch.float64" or "torch.int64" or "torch.int32"
                or "numpy.core.multiarray.scalar" or "numpy._core.multiarray.scalar" => Indifferent,
            _ => numpy.Find(name),
        };
    }

    internal override object? Call(object? named, object?[] arguments)
    {
        if (named == Tensor) return TensorOf(arguments);
        if (named == Parameter || named == ParameterWithState) return arguments is [PickledTensor tensor, ..] ? tensor : null;
        if (named == OfType) return arguments is [var function, _, object?[] of, ..] && function == Tensor ? TensorOf(of) : null;
        if (named == Dictionary) return DictionaryOf(arguments);
        if (named == Size) return arguments is [object?[] lengths] ? lengths : null;
        return named == Indifferent ? Indifferent : numpy.Call(named, arguments);
    }

    // The state of a dictionary is its attributes, such as the versions of the modules.
    internal override bool Build(object? target, object? state) => target is Dictionary<string, object?> or PickledTensor || target == Indifferent || numpy.Build(target, state);

    internal override object? Refer(object?[] reference) =>
        reference is ["storage", NumberType type, var key, _, long and >= 0 and var count, ..] && Pickle.AsText(key) is { Length: > 0 } name
            ? new PickledStorage(type, name, count) : null;

    private static PickledTensor? TensorOf(object?[] arguments)
    {
        if (arguments is not [PickledStorage storage, long and >= 0 and var offset, var size, var stride, ..]
            || Lengths(size) is not { Length: <= MostAxes } shape || Lengths(stride) is not { } strides || strides.Length != shape.Length)
            return null;
        if (shape.Contains(0)) return new(storage, offset, shape, strides);
        Int128 last = offset;
        for (int axis = 0; axis < shape.Length; axis++) last += (Int128)(shape[axis] - 1) * strides[axis];
        if (last >= storage.Count)
            throw new PickleFault($"a tensor of the shape ({string.Join(", ", shape)}) reaches number {last} of its storage, which has {storage.Count}");
        return new(storage, offset, shape, strides);
    }

    private Dictionary<string, object?> DictionaryOf(object?[] arguments)
    {
        Dictionary<string, object?> dictionary = new(StringComparer.Ordinal);
        if (arguments is not [List<object?> pairs]) return dictionary;
        copied += pairs.Count;
        if (copied > pickleBytes) throw new PickleFault("it makes dictionaries of more pairs than it has");
        foreach (object? pair in pairs)
        {
            if (pair is List<object?> { Count: 2 } list) dictionary[Pickle.AsText(list[0])] = list[1];
            else if (pair is object?[] { Length: 2 } tuple) dictionary[Pickle.AsText(tuple[0])] = tuple[1];
        }

        return dictionary;
    }
}
