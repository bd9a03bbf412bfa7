using NegSamples.Bench;
using NegSamples.Kernels;
using NegSamples.Training;
using TorchSharp;
using Tensor = NegSamples.Kernels.Tensor;

namespace NegSamples.Peers;

/// <summary>The whole step: forward, backward from a given gradient of the unit rows, and SGD with momentum and weight decay.</summary>
internal static class TrainingStep
{
    private const int Side = 32, Dimension = 128;
    private const float LearningRate = 1e-3f, Momentum = 0.9f, WeightDecay = 1e-4f;

    public static void Measure(Alternation alternation, bool libtorch, int batch)
    {
        using Fixture fixture = new(libtorch);
        Tensor views = fixture.Random([batch, Side, Side, 3]), dz = fixture.Random([batch, Dimension], 1f / batch);
        using Model model = Model.Create(fixture.Ops, new ModelSettings(EncoderKind.ResNet18, StemKind.Cifar, Side, Side, Dimension), 1);
        model.Prepare(batch, training: true);
        Tensor velocity = fixture.Zeros((int)model.Parameters.Count);

        Tensor Ours()
        {
            Tensor z = model.Project(model.Encode(views, true), true);
            fixture.Ops.Zero(model.Gradients);
            model.Backward(dz);
            fixture.Ops.SgdStep(model.Parameters, model.Gradients, velocity, model.Segments, LearningRate, Momentum, WeightDecay, false);
            return z;
        }

        Action theirs = () => { };
        if (libtorch)
        {
            TorchResNet18 peer = new(Dimension);
            peer.train();
            peer.Load(model);
            torch.Tensor images = fixture.Copy(views), gradient = fixture.Copy(dz);
            torch.optim.Optimizer optimizer = torch.optim.SGD(peer.parameters(), LearningRate, Momentum, weight_decay: WeightDecay);
            theirs = () =>
            {
                using DisposeScope scope = torch.NewDisposeScope();
                optimizer.zero_grad();
                torch.Tensor z = peer.call(images);
                (z * gradient).sum().backward();
                optimizer.step();
            };
            using DisposeScope first = torch.NewDisposeScope();
            fixture.MustAgree("unit rows of the step", model.Project(model.Encode(views, true), true), peer.call(images));
        }

        alternation.Measure($"ResNet-18 training step, batch {batch}", ConvolutionLayer.StepFlops(batch, Dimension), () => Ours(), theirs);
    }
}
