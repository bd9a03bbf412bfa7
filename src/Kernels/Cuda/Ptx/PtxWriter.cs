using System.Text;

namespace NegSamples.Kernels.Cuda.Ptx;

/// <summary>Writes PTX: lines, declarations of registers, and the instructions that tiles on tensor cores are made of.</summary>
/// <param name="capacity">Characters to make room for.</param>
internal sealed class PtxWriter(int capacity = 1024)
{
    /// <summary>A float's 0.</summary>
    public const string Zero = "0f00000000";

    private readonly StringBuilder text = new(capacity);

    public void Line(string line) => text.Append(line).Append('\n');

    /// <summary>Writes a body count times, with 0 and on: ILGPU unrolls no loop, and a register that text declares has no index at run time.</summary>
    public static void Repeat(int count, Action<int> body)
    {
        for (int i = 0; i < count; i++) body(i);
    }

    /// <summary>Registers and labels that are declared within are known within alone.</summary>
    public void Scope(Action body)
    {
        Line("{");
        body();
        Line("}");
    }

    /// <summary>Declares registers of a type, such as <c>.f32</c>.</summary>
    public void Registers(string type, params ReadOnlySpan<string> names)
    {
        foreach (string name in names) Line($".reg {type} {name};");
    }

    /// <summary>Declares so many of each, numbered from 0.</summary>
    public void Registers(string type, int count, params ReadOnlySpan<string> names)
    {
        foreach (string name in names) Line($".reg {type} {name}<{count}>;");
    }

    /// <summary>Brings four matrices of 8 rows of 16 bytes from shared memory; each lane gives the address of one row.</summary>
    public void LoadMatrices(string four, string address, bool transposed = false) =>
        Line($"ldmatrix.sync.aligned.m8n8.x4{(transposed ? ".trans" : "")}.shared.b16 {four}, [{address}];");

    /// <summary>Adds the product of two fragments to sums, on tensor cores.</summary>
    public void MultiplyAdd(MatrixShape shape, string sums, string left, string right) =>
        Line($"mma.sync.aligned.{Name(shape)} {sums}, {left}, {right}, {sums};");

    /// <summary>
    /// Starts a product of a warpgroup: 64 rows, of which the left operand is a descriptor or four registers, times so many columns, over 16 places of the
    /// depth. The sums go on from what they are.
    /// </summary>
    /// <param name="columns">Columns.</param>
    /// <param name="sums">Half as many registers.</param>
    /// <param name="left">Left operand.</param>
    /// <param name="right">The right one's descriptor.</param>
    /// <param name="strided">"1" for each operand in shared memory whose depth is strided, else "0".</param>
    public void MultiplyGroup(int columns, string sums, string left, string right, string strided) =>
        Line($"wgmma.mma_async.sync.aligned.m64n{columns}k16.f32.bf16.bf16 {sums}, {left}, {right}, 1, 1, 1, {strided};");

    /// <summary>A list of neighbouring registers, as vector loads and matrix instructions take them.</summary>
    public static string Run(string name, int first, int count) => $"{{{string.Join(", ", Enumerable.Range(first, count).Select(i => $"{name}{i}"))}}}";

    /// <inheritdoc/>
    public override string ToString() => text.ToString();

    private static string Name(MatrixShape shape) =>
        shape == MatrixShape.BFloat16 ? "m16n8k16.row.col.f32.bf16.bf16.f32" : "m16n8k8.row.col.f32.tf32.tf32.f32";
}

/// <summary>What tensor cores multiply at a time, with sums in float32.</summary>
internal enum MatrixShape
{
    /// <summary>16 x 16 times 16 x 8 bfloat16.</summary>
    BFloat16,

    /// <summary>16 x 8 times 8 x 8 TF32.</summary>
    TensorFloat32,
}
