using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda;

/// <summary>TF32 operands, float32 whose fraction is rounded to 10 bits: <c>mma.m16n8k8</c>.</summary>
internal readonly struct TensorFloat32Tile : IPairTile
{
    // Column 2t of the scores stands as k = t and column 2t + 1 as k = t + 4, and the values are read in the same order.
    private const string Round = """
        #repeat h 2
        cvt.rna.tf32.f32 %%left$(4*h), %%score$(32*h+4*k);
        cvt.rna.tf32.f32 %%left$(4*h+1), %%score$(32*h+4*k+2);
        cvt.rna.tf32.f32 %%left$(4*h+2), %%score$(32*h+4*k+1);
        cvt.rna.tf32.f32 %%left$(4*h+3), %%score$(32*h+4*k+3);
        #end

        """;

    private const string MultiplyEight = """
        ld.shared.b32 %%right0, [%0+$(4224*k+32*n)];
        ld.shared.b32 %%right1, [%0+$(4224*k+32*n+528)];
        #repeat h 2
        mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%%product$(64*h+4*n), %%product$(64*h+4*n+1), %%product$(64*h+4*n+2), %%product$(64*h+4*n+3)}, {%%left$(4*h), %%left$(4*h+1), %%left$(4*h+2), %%left$(4*h+3)}, {%%right0, %%right1}, {%%product$(64*h+4*n), %%product$(64*h+4*n+1), %%product$(64*h+4*n+2), %%product$(64*h+4*n+3)};
        #end

        """;

    public static int ElementBytes => 4;

    public static int StageStride => 528;

    public static void Score(int upper, int lower, int columns) => CudaAsm.Emit(
        """
        #repeat k 8
        ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%%left0, %%left1, %%left2, %%left3}, [%0+$(32*k)];
        ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%%left4, %%left5, %%left6, %%left7}, [%1+$(32*k)];
        #repeat n 4
        ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%%right0, %%right1, %%right2, %%right3}, [%2+$(8448*n+32*k)];
        #repeat h 2
        #repeat m 2
        mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%%score$(32*h+8*n+4*m), %%score$(32*h+8*n+4*m+1), %%score$(32*h+8*n+4*m+2), %%score$(32*h+8*n+4*m+3)}, {%%left$(4*h), %%left$(4*h+1), %%left$(4*h+2), %%left$(4*h+3)}, {%%right$(2*m), %%right$(2*m+1)}, {%%score$(32*h+8*n+4*m), %%score$(32*h+8*n+4*m+1), %%score$(32*h+8*n+4*m+2), %%score$(32*h+8*n+4*m+3)};
        #end
        #end
        #end
        #end
        """,
        upper,
        lower,
        columns);

    public static int ValuesOffset(int lane) => (2 * (lane & 3) * StageStride) + ((lane >> 2) * 4);

    public static void Multiply64(int values) => CudaAsm.Emit("#repeat k 8\n" + Round + "#repeat n 8\n" + MultiplyEight + "#end\n#end", values);

    public static void Multiply128(int values) => CudaAsm.Emit("#repeat k 8\n" + Round + "#repeat n 16\n" + MultiplyEight + "#end\n#end", values);
}
