using NegSamples.Kernels;

namespace NegSamples.Training.Layers;

/// <summary>What the layers of a network declare while it is built, and the memory that it then gets.</summary>
/// <remarks>
/// Parameters lie in one flat tensor in the order of declaration, gradients in another of the same layout, running statistics in a third. So an
/// optimizer step is one pass and a layer holds views. Activations follow when the number of images is known.
/// </remarks>
public sealed class Blueprint
{
    private readonly Ops ops;
    private readonly List<StateTensor> state = [];
    private readonly List<Activation> activations = [];
    private readonly List<Arena> arenas = [];
    private Arena? activationArena;
    private long largestMap;

    internal Blueprint(Ops ops) => this.ops = ops;

    /// <summary>The device whose operations the passes ask for.</summary>
    public Ops Ops => ops;

    /// <summary>Whether what is declared now is never trained: it keeps nothing for backward.</summary>
    internal bool IsFrozen { get; set; }

    /// <summary>Maps that pass: gradients on the way back, those of inference on the way forward.</summary>
    public Slots Slots { get; } = new();

    internal Tensor Parameters { get; private set; }

    internal Tensor Gradients { get; private set; }

    internal Tensor Statistics { get; private set; }

    internal ParameterSegment[] Segments { get; private set; } = [];

    internal NamedTensor[] Tensors { get; private set; } = [];

    /// <summary>A convolution's weights [out, kernel, kernel, in], drawn as torchvision does: normal, variance 2 / (out·kernel²).</summary>
    /// <remarks>He et al. 2015, arXiv:1502.01852, in the form that keeps the variance of the gradients.</remarks>
    /// <param name="name">Its name in a state dictionary.</param>
    /// <param name="outputs">Channels of the result.</param>
    /// <param name="kernel">The window's side.</param>
    /// <param name="inputs">Channels of the map before.</param>
    public StateTensor ConvolutionWeight(string name, int outputs, int kernel, int inputs) =>
        Add(name, TensorLayout.ConvolutionWeight, true, true, Distribution.Normal, MathF.Sqrt(2f / (outputs * kernel * kernel)), outputs, kernel, kernel,
            inputs);

    /// <summary>A fully connected layer's weights [out, in] or, with one length, its bias, drawn as PyTorch does: uniform within ±1/√in.</summary>
    /// <param name="name">Its name in a state dictionary.</param>
    /// <param name="inputs">in.</param>
    /// <param name="shape">[out, in] of weights, [out] of a bias.</param>
    public StateTensor Linear(string name, int inputs, params ReadOnlySpan<int> shape) =>
        Add(name, TensorLayout.Plain, true, shape.Length > 1, Distribution.Uniform, 1 / MathF.Sqrt(inputs), shape);

    /// <summary>The vectors of words, [words, dimension], drawn as fastText does: uniform within ±1/dimension.</summary>
    /// <param name="name">Its name in a state dictionary.</param>
    /// <param name="words">How many words there are.</param>
    /// <param name="dimension">The length of a vector.</param>
    internal StateTensor WordVectors(string name, int words, int dimension) =>
        Add(name, TensorLayout.Plain, true, true, Distribution.Uniform, 1f / dimension, words, dimension);

    /// <summary>A batch norm's factor or shift, [channels], without weight decay.</summary>
    /// <param name="name">Its name in a state dictionary.</param>
    /// <param name="value">What all of them begin with.</param>
    /// <param name="channels">How many.</param>
    public StateTensor Norm(string name, float value, int channels) => Add(name, TensorLayout.Plain, true, false, Distribution.Constant, value, channels);

    /// <summary>A running statistic, [channels].</summary>
    /// <param name="name">Its name in a state dictionary.</param>
    /// <param name="value">What all of them begin with.</param>
    /// <param name="channels">How many.</param>
    public StateTensor Statistic(string name, float value, int channels) => Add(name, TensorLayout.Plain, false, false, Distribution.Constant, value, channels);

    /// <summary>A feature map that backward reads.</summary>
    /// <param name="map">Of one image.</param>
    public Activation Saved(MapShape map) => AddForBackward(new Activation(ops.ActivationType, true, true, [map.Height, map.Width, map.Channels]));

    /// <summary>A few numbers per channel that backward reads.</summary>
    /// <param name="channels">How many numbers.</param>
    public Activation SavedChannels(int channels) => AddForBackward(new Activation(ElementType.Float32, false, true, [channels]));

    /// <summary>A row of activations per image; rows that inference needs too are not for training only.</summary>
    /// <param name="columns">The row's length.</param>
    /// <param name="trainingOnly">Whether inference does without it.</param>
    public Activation Rows(int columns, bool trainingOnly) => Add(new Activation(ops.ActivationType, true, trainingOnly, [columns]));

    /// <summary>A row per image, in inference too, that is float32 on every device: what the loss reads.</summary>
    internal Activation Float32Rows(int columns) => Add(new Activation(ElementType.Float32, true, false, [columns]));

    /// <summary>A map of integers, in inference too.</summary>
    /// <param name="map">Of one image.</param>
    public Activation Indices(MapShape map) => Add(new Activation(ElementType.Int32, true, false, [map.Height, map.Width, map.Channels]));

    /// <summary>Says that a map of this shape will be taken from <see cref="Slots"/>.</summary>
    /// <param name="map">Of one image.</param>
    public void Passes(MapShape map) => largestMap = Math.Max(largestMap, map.Count);

    /// <summary>Reserves parameters, gradients and statistics and draws the first values. Nothing may be declared afterwards.</summary>
    internal void Build(ulong seed)
    {
        Arena parameters = Reserve("parameters", true), gradients = Reserve("gradients", true), statistics = Reserve("running statistics", false);
        List<ParameterSegment> segments = [];
        float[] room = GC.AllocateUninitializedArray<float>(state.Max(tensor => (int?)tensor.Count) ?? 0); // one for all: its pages are touched once
        for (int place = 0; place < state.Count; place++)
        {
            StateTensor tensor = state[place];
            tensor.Value = (tensor.Trainable ? parameters : statistics).Take(tensor.Shape);
            if (tensor.Trainable)
            {
                tensor.Gradient = gradients.Take(tensor.Shape);
                if (!tensor.IsFrozen) segments.Add(new ParameterSegment(checked((int)(tensor.Value.ByteOffset / sizeof(float))), tensor.Count, tensor.Decay));
            }

            tensor.Initialize(ops, seed, place, room);
        }

        Parameters = parameters.Whole();
        Gradients = gradients.Whole();
        Statistics = statistics.Whole();
        Segments = [.. segments];
        Tensors = [.. state.Select(tensor => new NamedTensor(tensor.Name, tensor.Value, tensor.Layout, tensor.Trainable))];
    }

    /// <summary>Bytes that <see cref="Model.Prepare"/> takes.</summary>
    internal long ActivationBytes(int images, bool training)
    {
        long bytes = Slots.Bytes(ops.ActivationType, largestMap, images);
        foreach (Activation activation in activations) bytes += activation.Bytes(images, training);
        return bytes;
    }

    /// <summary>Reserves the activations for up to this many images; the previous ones are freed first.</summary>
    internal void Prepare(int images, bool training)
    {
        activationArena?.Dispose();
        Slots.Dispose();
        activationArena = ops.CreateArena("activations", ActivationBytes(images, training) - Slots.Bytes(ops.ActivationType, largestMap, images));
        foreach (Activation activation in activations) activation.Place(activationArena, images, training);
        Slots.Prepare(ops, largestMap, images);
    }

    internal void Dispose()
    {
        Slots.Dispose();
        activationArena?.Dispose();
        foreach (Arena arena in arenas) arena.Dispose();
    }

    private StateTensor Add(string name, TensorLayout layout, bool trainable, bool decay, Distribution distribution, float scale,
        params ReadOnlySpan<int> shape)
    {
        StateTensor tensor = new(name, layout, trainable, decay, distribution, scale, shape.ToArray()) { IsFrozen = IsFrozen };
        state.Add(tensor);
        return tensor;
    }

    private Activation AddForBackward(Activation activation) => IsFrozen ? activation : Add(activation);

    private Activation Add(Activation activation)
    {
        activations.Add(activation);
        return activation;
    }

    private Arena Reserve(string name, bool trainable)
    {
        Arena arena = ops.CreateArena(name,
            state.Where(tensor => tensor.Trainable == trainable).Sum(tensor => Arena.BytesFor(ElementType.Float32, tensor.Count)));
        arenas.Add(arena);
        return arena;
    }
}
