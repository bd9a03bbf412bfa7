using NegSamples.Bench.Comparison;

namespace NegSamples.Tests.Bench.Comparison;

public sealed class PeerTableTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("peer-table").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void OursAndTheirsMeetInOneRow()
    {
        string[] rows = Table(
            """
            {"name":"machine","shape":"NVIDIA H200, compute capability 9.0","precision":"","method":"NegSamples"}
            {"name":"matmul","shape":"8192 x 8192 x 8192","precision":"bf16","method":"NegSamples","median_ms":2,"q1_ms":1.9,"q3_ms":2.25,"rounds":9,"flops":1.0995e12,"peak_gflops":989000,"host_ms":0.0125,"bytes":402653184}
            {"name":"NT-Xent","shape":"8192 rows","precision":"fp32","method":"NegSamples","median_ms":0.5,"q1_ms":0.5,"q3_ms":0.5,"rounds":9,"flops":1e10,"peak_gflops":67000,"bytes":9000000}
            {"name":"conv dx","shape":"512: a","precision":"bf16","method":"NegSamples","flops":1,"error":"out | of\nmemory"}
            """,
            """
            {"name": "machine", "shape": "NVIDIA H200", "precision": "", "method": "torch 2.9"}
            {"name": "matmul", "shape": "8192 x 8192 x 8192", "precision": "bf16", "method": "cuBLAS", "median_ms": 1.5, "q1_ms": 1.4, "q3_ms": 1.6, "rounds": 9, "flops": 1.0995e12, "bytes": 402653184}
            {"name": "NT-Xent", "shape": "8192 rows", "precision": "fp32", "method": "eager", "flops": 1e10, "error": "out of memory"}
            {"name": "NT-Xent", "shape": "8192 rows", "precision": "fp32", "method": "compiled", "median_ms": 1.5, "q1_ms": 1, "q3_ms": 2, "rounds": 9, "bytes": 1806000000, "later": true}
            {"name": "only theirs", "shape": "1", "precision": "tf32", "method": "eager", "median_ms": 150, "q1_ms": 149, "q3_ms": 151, "rounds": 9}
            """);
        Assert.Equal(
            [
                // 1.0995e12 FLOPs in 2 ms are 549.75 TFLOP/s of 989, in 1.5 ms 733.
                "| matmul | 8192 x 8192 x 8192 | bf16 | 2.00 (1.90 to 2.25) | 55.6 | 403 | 0.0125 | cuBLAS | 1.50 (1.40 to 1.60) | 74.1 | 403 | 0.7500 |",
                "| NT-Xent | 8192 rows | fp32 | 0.5000 (0.5000 to 0.5000) | 29.9 | 9 |  | eager | out of memory |  |  |  |",
                "| NT-Xent | 8192 rows | fp32 | 0.5000 (0.5000 to 0.5000) | 29.9 | 9 |  | compiled | 1.50 (1.00 to 2.00) |  | 1,806 | 3.00 |",
                "| conv dx | 512: a | bf16 | out / of memory |  |  |  |  |  |  |  |  |",
                "| only theirs | 1 | tf32 |  |  |  |  | eager | 150 (149 to 151) |  | 0 |  |",
            ], rows);
    }

    /// <summary>What is measured with several kinds of kernels is compared with the same peer, each beside its own peak.</summary>
    [Fact]
    public void OtherKernelsHaveTheirOwnRows() => Assert.Equal(
        [
            "| matmul | 1 | bf16 | 2.00 (2.00 to 2.00) | 50.0 | 0 |  | cuBLAS | 1.00 (1.00 to 1.00) | 100.0 | 0 | 0.5000 |",
            "| matmul | 1 | bf16 wgmma | 1.00 (1.00 to 1.00) | 50.0 | 0 |  | cuBLAS | 1.00 (1.00 to 1.00) | 50.0 | 0 | 1.00 |",
        ],
        Table(
            """
            {"name":"machine","shape":"NVIDIA H200","precision":"","method":"NegSamples"}
            {"name":"matmul","shape":"1","precision":"bf16","method":"NegSamples","median_ms":2,"q1_ms":2,"q3_ms":2,"rounds":9,"flops":1e12,"peak_gflops":1e6}
            {"name":"matmul","shape":"1","precision":"bf16","kernels":"wgmma","method":"NegSamples","median_ms":1,"q1_ms":1,"q3_ms":1,"rounds":9,"flops":1e12,"peak_gflops":2e6}
            """,
            """
            {"name":"machine","shape":"NVIDIA H200","precision":"","method":"torch 2.9"}
            {"name":"matmul","shape":"1","precision":"bf16","method":"cuBLAS","median_ms":1,"q1_ms":1,"q3_ms":1,"rounds":9,"flops":1e12}
            """));

    [Theory]
    [InlineData("{\"name\":\"matmul\"}"), InlineData("no json"), InlineData("null")]
    public void ALineThatIsNoMeasurementIsNamed(string line)
    {
        string path = Path.Combine(folder, "ours.jsonl");
        File.WriteAllText(path, "\n" + line + "\n");
        Assert.Contains($"{path}, line 2 is no measurement", Assert.Throws<InvalidDataException>(() => Measurement.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AMeasurementIsReadAsItWasWritten()
    {
        Measurement measured = new("a", "b", "fp32", "c") { MedianMs = 0.1, Q1Ms = 0.05, Q3Ms = 0.2, Rounds = 9, Flops = 2e12, PeakGflops = 9e5, HostMs = 0.01, Bytes = 1L << 40 };
        string path = Path.Combine(folder, "one.jsonl");
        File.WriteAllText(path, measured.ToJson());
        Assert.Equal([measured], Measurement.Read(path));
    }

    // The rows below the head, as the program writes them into the GPU's file.
    private string[] Table(string ours, string theirs)
    {
        (string first, string second) = (Path.Combine(folder, "ours.jsonl"), Path.Combine(folder, "theirs.jsonl"));
        File.WriteAllText(first, ours);
        File.WriteAllText(second, theirs);
        Assert.Equal(0, PeerTable.Run([first, second, "--table", folder, "--note", "Driver 570."]));
        string[] lines = File.ReadAllLines(Path.Combine(folder, "nvidia-h200.md"));
        Assert.Contains("Driver 570.", lines);
        Assert.Contains("Beside torch 2.9 on NVIDIA H200.", lines);
        return lines[(Array.FindIndex(lines, line => line.StartsWith("|--", StringComparison.Ordinal)) + 1)..];
    }
}
