using NegSamples.Kernels;
using NegSamples.OwnEncoder;
using NegSamples.Training;
using NegSamples.Training.Encoders;
using NegSamples.Training.Layers;

namespace NegSamples.Tests.Training;

public class GradientCheckTests
{
    private static readonly ModelSettings Small = new(PatchNet.Kind, StemKind.Cifar, 12, 16, 16);

    /// <summary>A right backward pass passes with room to spare, whatever is drawn.</summary>
    [Fact]
    public void ARightBackwardPassPassesForEverySeed()
    {
        for (ulong seed = 1; seed <= 4; seed++)
        {
            GradientCheck check = GradientCheck.Of(Small, seed: seed);
            check.Require();
            TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant(
                $"seed {seed}: along {check.Parameters.Max(parameter => parameter.AlongGradient):E2}, across {check.Parameters.Max(parameter => parameter.AcrossGradient):E2}"));
            Assert.Equal(["projection_head.0.bias"], check.Parameters.Where(parameter => parameter.IsFlat).Select(parameter => parameter.Name));
        }
    }

    [Theory]
    [InlineData("size", "first.weight")]
    [InlineData("sign", "first_norm.bias")]
    [InlineData("shortcut", "patches.weight")]
    [InlineData("nothing", "last.weight")]
    [InlineData("twice", "patches_norm.weight")]
    public void AWrongBackwardPassIsFoundInEveryDraw(string fault, string parameter)
    {
        for (ulong seed = 1; seed <= 3; seed++)
        {
            using CpuOps ops = new(2);
            Broken? broken = null;
            using Model model = Model.Create(ops, Small, seed, blueprint => broken = new Broken(blueprint, Small.Image, fault));
            broken!.Parameter = model.Tensors.Single(tensor => tensor.Name == parameter);
            broken.Gradients = model.Gradients;
            GradientCheck check = GradientCheck.Of(model, seed: seed);
            Assert.Contains(check.Faults(), line => line.StartsWith(parameter + ":", StringComparison.Ordinal));
            if (fault != "shortcut") Assert.Single(check.Faults());
            Assert.Throws<InvalidOperationException>(() => check.Require());
        }
    }

    [Fact]
    public void TheModelIsAsBeforeAndTheErrorsAreTheSameOnEveryRun()
    {
        using CpuOps one = new(1), two = new(2);
        using Model model = Model.Create(one, Small, 4), other = Model.Create(two, Small, 4);
        float[] parameters = model.Parameters.Floats.ToArray(), statistics = model.Statistics.Floats.ToArray();
        GradientCheck check = GradientCheck.Of(model);
        Assert.Equal(parameters, model.Parameters.Floats.ToArray());
        Assert.Equal(statistics, model.Statistics.Floats.ToArray());
        Assert.Equal(check.Parameters, GradientCheck.Of(other).Parameters);
    }

    [Fact]
    public void ActivationsOfBFloat16AreRefused()
    {
        using CpuOps ops = new(1, Precision.BFloat16);
        using Model model = Model.Create(ops, Small, 4);
        Assert.Contains("expected Float32", Assert.Throws<ArgumentException>(() => GradientCheck.Of(model)).Message, StringComparison.Ordinal);
    }

    /// <summary>A <see cref="PatchNet"/> whose backward pass has one fault.</summary>
    private sealed class Broken(Blueprint blueprint, MapShape image, string fault) : Encoder
    {
        private readonly NormalizedConvolution
            patches = new(blueprint, "patches", "patches_norm", image, 16, kernel: 2, stride: 2, padding: 0, relu: true),
            first = new(blueprint, "first", "first_norm", new(image.Height / 2, image.Width / 2, 16), 16, kernel: 3, stride: 1, padding: 1, relu: true),
            second = new(blueprint, "second", "second_norm", new(image.Height / 2, image.Width / 2, 16), 16, kernel: 3, stride: 1, padding: 1, relu: true),
            last = new(blueprint, "last", "last_norm", new(image.Height / 2, image.Width / 2, 16), 32, kernel: 3, stride: 1, padding: 1, relu: true);

        public NamedTensor? Parameter { get; set; }

        public Tensor Gradients { get; set; }

        public override MapShape Output => last.Output;

        public override Tensor Forward(Tensor images, bool training)
        {
            Tensor p = patches.Forward(images, default, training), a = first.Forward(p, default, training);
            return last.Forward(second.Forward(a, p, training), default, training);
        }

        public override void Backward(Tensor dy)
        {
            Tensor db = last.Backward(dy), da = second.BackwardResidual(db);
            if (fault == "shortcut") blueprint.Ops.Zero(db);
            first.BackwardInto(da, db);
            patches.BackwardParameters(db);
            Span<float> gradient = Gradients.Floats.Slice((int)(Parameter!.Value.ByteOffset / sizeof(float)), (int)Parameter.Value.Count);
            float factor = fault switch { "size" => 1.01f, "sign" => -1, "nothing" => 0, "twice" => 2, _ => 1 };
            foreach (ref float number in gradient) number *= factor;
        }
    }
}
