// The embeddings of an ONNX model studied: classifiers, measures, and what K negatives bound.
//
//   dotnet run -c Release --project samples/OnnxStudy
//   dotnet run -c Release --project samples/OnnxStudy -- MODEL.onnx
using System.Globalization;
using NegSamples.Augment.Data.Shapes;
using NegSamples.Augment.Recipes;
using NegSamples.Samples.OnnxStudy;
using NegSamples.Study;
using NegSamples.Study.Foreign;
using NegSamples.Theory.Bounds;
using NegSamples.Theory.Coverage;
using NegSamples.Theory.Measures;
using NegSamples.Training.Evaluation;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const double Temperature = 0.2; // of the loss that shapes.onnx was trained with

string path = args.Length > 0 ? args[0] : Path.Combine(AppContext.BaseDirectory, "shapes.onnx");
using OnnxModel model = new(path);
ShapesSettings sizes = new() { TrainCount = 1000, TestCount = 500 };
ShapesSet train = new(sizes, train: true), test = new(sizes, train: false);
int[] trainLabels = [.. Enumerable.Range(0, train.Count).Select(train.Label)], testLabels = [.. Enumerable.Range(0, test.Count).Select(test.Label)];
int classes = train.ClassNames.Count;

// As they are, for the classifiers; as two random views, which a contrastive loss compares, for alignment and the bounds.
PlainRecipe plain = new();
SimClrRecipe random = new(model.Side, new() { MinimumScale = 0.3 });
float[] trainRows = model.Embed(train, plain), testRows = model.Embed(test, plain);
float[] first = model.Embed(test, random, view: 0), second = model.Embed(test, random, view: 1), trainView = model.Embed(train, random);
Console.WriteLine($"{Path.GetFileName(path)}: {train.Count} + {test.Count} pictures of {classes} shapes, rows of {model.Dimension}\n");

FeatureAccuracies right = FeatureClassifiers.Of(trainRows, trainLabels, testRows, testLabels, model.Dimension);
Console.WriteLine($"{"classifier",-22}{"right",8}");
Console.WriteLine($"{"class means",-22}{right.Mean!.Top1,8:P1}");
Console.WriteLine($"{"linear",-22}{right.Linear.Top1,8:P1}");
Console.WriteLine($"{"nearest neighbours",-22}{right.Neighbours.Top1,8:P1}");
Console.WriteLine($"{"by chance",-22}{1.0 / classes,8:P1}\n");

IReadOnlyDictionary<MeasureName, double> measures = RepresentationMeasures.Of(first, model.Dimension, testLabels, second);
foreach (MeasureName name in new[] { MeasureName.Alignment, MeasureName.Uniformity, MeasureName.RankMe, MeasureName.Cdnv })
    Console.WriteLine($"{name.Label,-42}{measures[name],8:F3}   {name.Reading}");

// The probability that K negatives and their anchor show every class, as the coupon collector has it and as the batches of the test pictures did;
// the contrastive loss, the supervised loss of the class means, and three upper bounds of it.
Console.WriteLine($"\n{"K",4}{"covered",10}{"measured",10}{"L_info",9}{"L_sup",9}{"coupon",12}{"CURL",12}{"Bao",12}");
foreach (int negatives in new[] { 7, 15, 31, 63, 127 })
{
    double covered = CouponCollector.Probability(ClassDistribution.Uniform(classes), negatives + 1);
    BoundReport report = FeatureBounds.Of(new(trainLabels, trainView), new(testLabels, first, second), model.Dimension, Temperature, negatives);
    string Bound(BoundName name) => report.Bound(name).Value?.ToString("N1", CultureInfo.InvariantCulture) ?? "-";
    Console.WriteLine(
        $"{negatives,4}{covered,10:P2}{report.Upsilon.Estimate,10:P2}{report.Quantity(QuantityName.ContrastiveLoss),9:F3}"
        + $"{report.Quantity(QuantityName.MeanClassifierLoss),9:F3}{Bound(BoundName.CouponCollector),12}{Bound(BoundName.Curl),12}{Bound(BoundName.Bao),12}");
}
