using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Encoders;
using NegSamples.Training.Layers;
using NegSamples.Training.Settings;

namespace NegSamples.Training;

/// <summary>An encoder and its projection head: parameters, gradients, forward and backward pass.</summary>
/// <remarks>
/// All memory is reserved by <see cref="Create(Ops, ModelSettings, ulong)"/> and <see cref="Prepare"/>; the passes allocate nothing. Results are views of that
/// memory and hold until the next pass of the same kind. Not safe for use from two threads at once.
/// </remarks>
public sealed class Model : IDisposable
{
    private readonly Blueprint blueprint;
    private readonly Encoder encoder;
    private readonly Head head;
    private readonly Activation features;
    private int preparedImages, encodedImages, projectedImages;
    private bool preparedForTraining;

    private Model(ModelSettings settings, Blueprint blueprint, Encoder encoder)
    {
        if (settings.EmbeddingDimension < 1)
            throw new ArgumentException($"The embedding dimension is {settings.EmbeddingDimension}; expected at least 1.", nameof(settings));
        Settings = settings;
        this.blueprint = blueprint;
        this.encoder = encoder;
        features = blueprint.Rows(FeatureDimension, trainingOnly: false);
        head = settings.IsClassifier ? new ClassifierHead(blueprint, FeatureDimension, settings.EmbeddingDimension)
            : new ProjectionHead(blueprint, FeatureDimension, settings.EmbeddingDimension);
        if (settings.Temperature is { } temperature) LogitScale = new LearnedTemperature(blueprint, temperature);
        if (settings.Bias is { } bias) LogitBias = new LearnedBias(blueprint, bias);
        blueprint.Passes(encoder.Output);
    }

    /// <summary>The device.</summary>
    public Ops Ops => blueprint.Ops;

    /// <summary>What the model was made from.</summary>
    public ModelSettings Settings { get; }

    /// <summary>All parameters, flat float32; gaps of the alignment hold zeros.</summary>
    public Tensor Parameters => blueprint.Parameters;

    /// <summary>Their gradients in the same layout. <see cref="Backward"/> adds to them; who takes the step zeroes them.</summary>
    public Tensor Gradients => blueprint.Gradients;

    /// <summary>The place of each parameter that is trained in the flat tensors, so without those of a frozen encoder; biases and batch norms do not decay.</summary>
    public ReadOnlySpan<ParameterSegment> Segments => blueprint.Segments;

    /// <summary>The running means and variances of all batch norms, flat float32.</summary>
    internal Tensor Statistics => blueprint.Statistics;

    /// <summary>Parameters and running statistics under torchvision's names, the head's under "projection_head.", in the order of a state dictionary.</summary>
    internal IReadOnlyList<NamedTensor> Tensors => blueprint.Tensors;

    /// <summary>The temperature of the loss, where it is learned with the weights.</summary>
    internal LearnedTemperature? LogitScale { get; }

    /// <summary>The bias of the loss, where it is learned with the weights.</summary>
    internal LearnedBias? LogitBias { get; }

    /// <summary>F, the length of a row of features.</summary>
    public int FeatureDimension => encoder.Output.Channels;

    /// <summary>D, the length of a row of embeddings.</summary>
    public int EmbeddingDimension => Settings.EmbeddingDimension;

    /// <summary>The embeddings of the last <see cref="Project"/> before they were scaled to unit length, [n, D].</summary>
    public Tensor Embedding => head.Embedding;

    /// <summary>Reserves and draws a model's parameters.</summary>
    /// <param name="ops">The device; it stays the caller's.</param>
    /// <param name="settings">The network and its sizes.</param>
    /// <param name="seed">
    /// The same seed gives the same bits on every device. Convolutions are drawn as torchvision's, linear layers as PyTorch's default.
    /// </param>
    /// <exception cref="ArgumentException">The images are too small for the encoder, or a size is not positive.</exception>
    /// <exception cref="DeviceMemoryException">The device does not have the memory.</exception>
    public static Model Create(Ops ops, ModelSettings settings, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(settings);
        if (!Enum.IsDefined(settings.Stem)) throw new ArgumentException($"The stem is {settings.Stem}; expected Cifar, ImageNet or Paper.", nameof(settings));
        return Create(ops, settings, seed, blueprint => settings.Encoder.Declare(blueprint, settings));
    }

    /// <summary>As the other, with any encoder: tests take narrow ones.</summary>
    internal static Model Create(Ops ops, ModelSettings settings, ulong seed, Func<Blueprint, Encoder> declare)
    {
        Blueprint blueprint = new(ops);
        try
        {
            blueprint.IsFrozen = settings.IsFrozen;
            Encoder encoder = declare(blueprint);
            blueprint.IsFrozen = false;
            Model model = new(settings, blueprint, encoder);
            blueprint.Build(seed);
            return model;
        }
        catch
        {
            blueprint.Dispose();
            throw;
        }
    }

    /// <summary>Bytes that <see cref="Prepare"/> would take.</summary>
    /// <param name="images">The most images of one pass.</param>
    /// <param name="training">Whether backward is wanted.</param>
    internal long ActivationBytes(int images, bool training)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(images, 1);
        return blueprint.ActivationBytes(images, training);
    }

    /// <summary>Reserves memory for passes of up to this many images; what was reserved before is freed. Costs an allocation, so not for every batch.</summary>
    /// <param name="images">The most images of one pass, views counted.</param>
    /// <param name="training">Whether backward is wanted; inference takes a fraction of the memory and works either way.</param>
    /// <exception cref="ArgumentException">Fewer images than batch norm can learn from.</exception>
    /// <exception cref="DeviceMemoryException">The device does not have the memory; the model must be prepared again before use.</exception>
    public void Prepare(int images, bool training)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(images, 1);
        if (training) CheckEnoughForStatistics(images, nameof(images));
        preparedImages = encodedImages = projectedImages = 0;
        blueprint.Prepare(images, training);
        preparedImages = images;
        preparedForTraining = training;
    }

    /// <summary>Images or texts to features: the encoder and the mean over the pixels of its last map.</summary>
    /// <param name="views">Images [n, H, W, 3], or texts, int32 ids [n, words]; n up to the prepared number.</param>
    /// <param name="training">With the statistics of the batch, which also move the running ones, and saved for <see cref="Backward"/>; otherwise with
    /// the running statistics. Backward reads the views too: they must stay as they are until then.</param>
    /// <returns>[n, F], valid until the next call.</returns>
    /// <exception cref="ArgumentException">The shape does not fit, or a batch of one is to be trained on.</exception>
    /// <exception cref="InvalidOperationException">The model is not prepared for this.</exception>
    public Tensor Encode(Tensor views, bool training)
    {
        if (Settings.Encoder == EncoderKind.EmbeddingBag)
        {
            if (views.IsNone || views.Rank != 2 || views.Type != ElementType.Int32)
                throw new ArgumentException($"views is {views}; expected int32 [n, words].", nameof(views));
        }
        else if (views.IsNone || views.Rank != 4 || views[1] != Settings.ImageHeight || views[2] != Settings.ImageWidth || views[3] != 3)
            throw new ArgumentException($"views is {views}; expected [n, {Settings.ImageHeight}, {Settings.ImageWidth}, 3].", nameof(views));
        CheckPass(views, training, nameof(views));
        encodedImages = projectedImages = 0;
        blueprint.Slots.ReturnAll();
        int images = views[0];
        Tensor map = encoder.Forward(views, training && !Settings.IsFrozen);
        Tensor rows = features.Of(images);
        Ops.GlobalAveragePoolForward(map, rows);
        blueprint.Slots.Return(map);
        if (training) encodedImages = images;
        return rows;
    }

    /// <summary>
    /// Features to embeddings: Linear(F, F), batch norm, ReLU, Linear(F, D) without bias, unit length; or, of a classifier, Linear(F, D) in training and its
    /// unit length in inference.
    /// </summary>
    /// <param name="features">[n, F], from <see cref="Encode"/>.</param>
    /// <param name="training">As in <see cref="Encode"/>.</param>
    /// <returns>Unit rows, or a classifier's logits in training, [n, D], valid until the next call.</returns>
    /// <exception cref="ArgumentException">The shape does not fit, or a batch of one is to be trained on.</exception>
    /// <exception cref="InvalidOperationException">The model is not prepared for this.</exception>
    public Tensor Project(Tensor features, bool training)
    {
        if (features.IsNone || features.Rank != 2 || features[1] != FeatureDimension)
            throw new ArgumentException($"features is {features}; expected [n, {FeatureDimension}].", nameof(features));
        CheckPass(features, training, nameof(features));
        projectedImages = training ? features[0] : 0;
        return head.Forward(features, training);
    }

    /// <summary>Names the operations of inference, from images [n, 3, H, W] to features [n, F], or behind the head to unit rows or a classifier's logits [n, D].</summary>
    /// <param name="trace">Is told the operations.</param>
    /// <param name="images">What stands for the images.</param>
    /// <param name="head">Whether the head is traced too.</param>
    /// <returns>What stands for the result.</returns>
    /// <exception cref="NotSupportedException">The encoder is one of texts.</exception>
    public string Trace(INetworkTrace trace, string images, bool head)
    {
        ArgumentNullException.ThrowIfNull(trace);
        string rows = trace.MeanOfPixels(encoder.Trace(trace, images));
        return head ? this.head.Trace(trace, rows) : rows;
    }

    /// <summary>
    /// Adds the gradients of the loss with respect to all parameters, of a frozen encoder's model those of the head, to <see cref="Gradients"/>. Follows one Encode and one Project in training.
    /// </summary>
    /// <param name="dz">The loss's gradient with respect to the unit rows, [n, D]; stays as it is.</param>
    /// <exception cref="ArgumentException">The shape does not fit the last pass.</exception>
    /// <exception cref="InvalidOperationException">The last passes were not in training.</exception>
    public void Backward(Tensor dz)
    {
        if (encodedImages == 0 || projectedImages != encodedImages)
            throw new InvalidOperationException("Backward needs Encode and Project with training: true of the same images before it, once for each call.");
        if (dz.IsNone || dz.Rank != 2 || dz[0] != encodedImages || dz[1] != EmbeddingDimension)
            throw new ArgumentException($"dz is {dz}; expected [{encodedImages}, {EmbeddingDimension}].", nameof(dz));
        blueprint.Slots.ReturnAll();
        int images = encodedImages;
        Tensor dfeatures = head.Backward(dz);
        encodedImages = projectedImages = 0;
        if (Settings.IsFrozen) return;
        Tensor dmap = blueprint.Slots.Take(images, encoder.Output);
        Ops.GlobalAveragePoolBackward(dfeatures, dmap);
        encoder.Backward(dmap);
    }

    /// <summary>Writes all weights and running statistics, the head's too, as safetensors in PyTorch's layout: what <see cref="LoadWeights"/>, a run's
    /// <see cref="EncoderSettings.Init"/> and, without the head, torchvision read.</summary>
    /// <param name="path">The file; it appears whole or not at all.</param>
    /// <exception cref="NonFiniteLossException">A weight is not finite.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SaveWeights(string path) => Checkpoint.WriteModel(path, this, step: 0);

    /// <summary>Fills the model from a file of <see cref="SaveWeights"/>, or the <c>model.safetensors</c> of a checkpoint.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BadDataException">The file is not of this network, or damaged.</exception>
    public void LoadWeights(string path) => Checkpoint.LoadModelFile(path, this);

    /// <summary>Frees parameters, gradients, statistics and activations.</summary>
    public void Dispose() => blueprint.Dispose();

    private void CheckEnoughForStatistics(int images, string name)
    {
        if (images * (long)Ops.Collective.Size < 2)
            throw new ArgumentException(
                $"{name} is a batch of {images}; training needs at least 2 images, because the head's batch norm has one row per image.", name);
    }

    private void CheckPass(Tensor input, bool training, string name)
    {
        if (preparedImages == 0) throw new InvalidOperationException("The model has no activations; call Prepare first.");
        if (training && !preparedForTraining)
            throw new InvalidOperationException("The model is prepared for inference only; call Prepare with training: true.");
        if (input[0] > preparedImages)
            throw new ArgumentException($"{name} is {input.ShapeText}; the model is prepared for up to {Counted.Of(preparedImages, "image")}.", name);
        if (training) CheckEnoughForStatistics(input[0], name);
    }
}
