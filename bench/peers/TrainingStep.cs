using NegSamples.Bench;
using NegSamples.Training;
using TorchSharp;
using static System.FormattableString;
using Tensor = NegSamples.Kernels.Tensor;

namespace NegSamples.Peers;

/// <summary>The whole step: forward, backward from a given gradient of the unit rows, and SGD with momentum and weight decay.</summary>
internal static class TrainingStep
{
    private const int Dimension = 128;
    private const float LearningRate = 1e-3f, Momentum = 0.9f, WeightDecay = 1e-4f;

    /// <summary>ResNet-18 with the stem for images of 32 x 32.</summary>
    public static void Small(Alternation alternation, bool libtorch, int batch) =>
        Measure(alternation, libtorch, batch, new ModelSettings(EncoderKind.ResNet18, StemKind.Cifar, 32, 32, Dimension), ConvolutionLayer.StepFlops(batch, Dimension));

    /// <summary>An encoder with ImageNet's stem on images of 224 x 224, in the forms of libtorch that were fastest on small ones.</summary>
    public static void Large(Alternation alternation, bool libtorch, EncoderKind encoder, int batch) => Measure(
        alternation, libtorch, batch, LargeSettings(encoder),
        3.0 * 2 * batch * (encoder == EncoderKind.ResNet50 ? 4.09e9 : 1.81e9), mostRounds: 5);

    /// <summary>The option by which this program starts itself to see whether a form of libtorch gets through a step.</summary>
    public const string TryOption = "--try-step";

    /// <summary>One step of libtorch, for its exit code alone.</summary>
    /// <param name="encoder">The encoder, with ImageNet's stem.</param>
    /// <param name="batch">Images.</param>
    /// <param name="form">The form.</param>
    public static void Try(EncoderKind encoder, int batch, PeerForm form)
    {
        using Contenders contenders = new();
        ModelSettings settings = LargeSettings(encoder);
        TorchResNet peer = contenders.Keep(new TorchResNet(settings));
        peer.train();
        peer.to(form.Type);
        torch.Tensor x = contenders.Copy(Numbers.Random(1, 1, batch, settings.ImageHeight, settings.ImageWidth, 3), form);
        using DisposeScope scope = torch.NewDisposeScope();
        peer.call(x).sum().backward();
    }

    private static ModelSettings LargeSettings(EncoderKind encoder) => new(encoder, StemKind.ImageNet, 224, 224, Dimension);

    // Where oneDNN knows no caches (OneDnnCaches) it may divide by zero, which ends the process.
    private static bool GetsThrough(ModelSettings settings, int batch, PeerForm form)
    {
        if (OwnProcess.Run(TryOption, settings.Encoder.Name, Invariant($"{batch}"), form.ToString()).Code == 0) return true;
        Console.WriteLine($"{settings.Encoder}: {form} ends its process on this machine and is left out.");
        return false;
    }

    private static void Measure(Alternation alternation, bool libtorch, int batch, ModelSettings settings, double flops, int mostRounds = int.MaxValue)
    {
        Numbers images = Numbers.Random(1, 1, batch, settings.ImageHeight, settings.ImageWidth, 3), ofUnits = Numbers.Random(2, 1f / batch, batch, Dimension);
        using Contenders contenders = new();
        Numbers units = null!;
        Model ours = null!;
        foreach (Fixture fixture in contenders.Ours())
        {
            Tensor views = fixture.Activations(images), dz = fixture.Take(ofUnits);
            Model model = contenders.Keep(Model.Create(fixture.Ops, settings, 1));
            model.Prepare(batch, training: true);
            Tensor velocity = fixture.Zeros((int)model.Parameters.Count);
            units ??= fixture.Read(model.Project(model.Encode(views, true), true));
            ours ??= model;
            contenders.Add(fixture.Name, () =>
            {
                model.Project(model.Encode(views, true), true);
                fixture.Ops.Zero(model.Gradients);
                model.Backward(dz);
                fixture.Ops.SgdStep(model.Parameters, model.Gradients, velocity, model.Segments, LearningRate, Momentum, WeightDecay, false);
            });
        }

        foreach (PeerForm form in libtorch ? PeerForm.OfImages : [])
        {
            if (mostRounds < int.MaxValue && (!form.ChannelsLast || !GetsThrough(settings, batch, form))) continue;
            TorchResNet peer = contenders.Keep(new TorchResNet(settings));
            peer.train();
            peer.Load(ours);
            peer.to(form.Type);
            torch.Tensor x = contenders.Copy(images, form), gradient = contenders.Copy(ofUnits, form);
            torch.optim.Optimizer optimizer = contenders.Keep(torch.optim.SGD(peer.parameters(), LearningRate, Momentum, weight_decay: WeightDecay));

            // That float32 agrees shows that the work is the same; through 50 layers the rounding of bfloat16 alone turns the rows of untrained weights.
            bool isComparable = form.Type == torch.float32 || settings.Encoder == EncoderKind.ResNet18;
            using DisposeScope first = torch.NewDisposeScope();
            bool agrees = !isComparable || Fixture.Agree("unit rows of the step", units, peer.call(x), form);
            contenders.AddPeer(form, agrees, () =>
            {
                using DisposeScope scope = torch.NewDisposeScope();
                optimizer.zero_grad();
                (peer.call(x) * gradient).sum().backward();
                optimizer.step();
            });
        }

        string name = settings.Encoder == EncoderKind.ResNet50 ? "ResNet-50" : "ResNet-18";
        alternation.Measure($"{name} training step, {settings.ImageHeight} x {settings.ImageWidth}, batch {batch}", flops, contenders.All, mostRounds);
    }
}
