// This library's loss in a training loop of TorchSharp, and beside the same loss by libtorch.
//
//   dotnet run -c Release --project samples/TorchLoss
using System.Diagnostics;
using System.Globalization;
using NegSamples.Augment;
using NegSamples.Augment.Data.Shapes;
using NegSamples.Augment.Recipes;
using NegSamples.Samples.TorchLoss;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const int Side = 32, Samples = 128, Steps = 60, Rounds = 9;
const float Temperature = 0.2f;
manual_seed(1);

// An encoder of torch.
ShapesSet pictures = new(new ShapesSettings(), train: true);
SimClrRecipe recipe = new(Side, new() { MinimumScale = 0.3 });
using Module<Tensor, Tensor> encoder = Sequential(
    Conv2d(3, 32, 3, stride: 2, padding: 1, bias: false), BatchNorm2d(32), ReLU(), Conv2d(32, 64, 3, stride: 2, padding: 1, bias: false), BatchNorm2d(64), ReLU(),
    AdaptiveAvgPool2d(1), Flatten(), Linear(64, 64));
using optim.Optimizer optimizer = optim.Adam(encoder.parameters(), lr: 0.003);
for (int step = 0; step < Steps; step++)
{
    using DisposeScope scope = NewDisposeScope();
    optimizer.zero_grad();
    Tensor z = functional.normalize(encoder.call(Views(step)));
    double loss = TorchNtXent.Backward(z, Temperature);
    optimizer.step();
    if (step % 10 == 0 || step == Steps - 1) Console.WriteLine($"step {step,2}: loss {loss:F4}");
}

// The same loss by libtorch's operations: the numbers, and the time.
foreach ((int rows, int dimension) in new[] { (256, 64), (1024, 128), (4096, 128) })
{
    using DisposeScope scope = NewDisposeScope();
    Tensor ours = functional.normalize(randn(rows, dimension)).requires_grad_(), theirs = ours.detach().clone().requires_grad_();
    double loss = TorchNtXent.Backward(ours, Temperature);
    Tensor same = TorchNtXent.OfLogits(theirs, Temperature);
    same.backward();
    double largest = theirs.grad!.abs().max().item<float>(), difference = (ours.grad! - theirs.grad!).abs().max().item<float>();
    Console.WriteLine($"{rows} rows of {dimension}: losses differ by {Math.Abs(loss - same.item<float>()):E1}, gradients by {difference / largest:E1} of the largest number");
    (double here, double there) = Medians(() => TorchNtXent.Backward(ours, Temperature), () => TorchNtXent.OfLogits(theirs, Temperature).backward());
    Console.WriteLine($"  loss and gradient: {here:F2} ms, by libtorch {there:F2} ms, {there / here:F1} times as long");
}

// Two random views of each picture of a batch, made in the tensor's own memory.
Tensor Views(int step)
{
    Tensor views = empty(2 * Samples, Side, Side, 3);
    const int Numbers = Side * Side * 3;
    byte[] pixels = [];
    for (int i = 0; i < 2 * Samples; i++)
    {
        (int epoch, int picture) = Math.DivRem((step * Samples) + (i % Samples), pictures.Count);
        (int height, int width) = pictures.Read(picture, ref pixels);
        ViewNumber number = new(Seed: 1, (uint)epoch, (uint)picture, View: (uint)(i / Samples));
        AugmentedView.Of(pixels.AsSpan(0, 3 * height * width), height, width, recipe, number, TorchNtXent.Floats(views).Slice(i * Numbers, Numbers));
    }

    return views.permute(0, 3, 1, 2);
}

// In turn, so that whatever else the machine does meets both.
static (double First, double Second) Medians(Action first, Action second)
{
    List<double> ofFirst = [], ofSecond = [];
    for (int round = 0; round < Rounds; round++)
    {
        ofFirst.Add(Milliseconds(first));
        ofSecond.Add(Milliseconds(second));
    }

    return (ofFirst.Order().ElementAt(Rounds / 2), ofSecond.Order().ElementAt(Rounds / 2));
}

// Of calls in a row, after one that is not counted: libtorch's threads go on turning for a while after each call, at the cost of who comes next.
static double Milliseconds(Action action)
{
    const double Least = 20;
    using (NewDisposeScope()) action();
    long begin = Stopwatch.GetTimestamp();
    for (int calls = 1; ; calls++)
    {
        using (NewDisposeScope()) action();
        double elapsed = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        if (elapsed >= Least) return elapsed / calls;
    }
}
