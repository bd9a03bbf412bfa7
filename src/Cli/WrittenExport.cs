namespace NegSamples.Cli;

/// <summary>What an export has written.</summary>
/// <param name="Checkpoint">Of which checkpoint.</param>
/// <param name="Onnx">The ONNX model and how it was checked; null where none was asked for.</param>
/// <param name="SafeTensors">The file of weights; null where none was asked for.</param>
internal sealed record WrittenExport(string Checkpoint, CheckedModel? Onnx, string? SafeTensors);

/// <summary>An ONNX model beside this program's own.</summary>
/// <param name="Path">The file.</param>
/// <param name="Difference">The largest difference of a number.</param>
/// <param name="Largest">The largest number.</param>
/// <param name="Images">The images that were compared.</param>
/// <param name="Data">What set they are of.</param>
/// <param name="OnnxRuntime">The version of ONNX Runtime.</param>
/// <param name="OnnxImagesPerSecond">Its images a second.</param>
/// <param name="OwnImagesPerSecond">This program's.</param>
internal sealed record CheckedModel(
    string Path, double Difference, double Largest, int Images, string Data, string OnnxRuntime, double OnnxImagesPerSecond, double OwnImagesPerSecond);
