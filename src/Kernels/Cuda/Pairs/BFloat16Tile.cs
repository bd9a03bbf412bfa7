using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda;

/// <summary>bfloat16 operands: <c>mma.m16n8k16</c>.</summary>
internal readonly struct BFloat16Tile : IPairTile
{
    // The weights of 16 columns are a left operand as they lie: score's columns 2t, 2t + 1 are the left operand's k.
    private const string Round = """
        #repeat h 2
        cvt.rn.bf16x2.f32 %%left$(4*h), %%score$(32*h+8*k+1), %%score$(32*h+8*k);
        cvt.rn.bf16x2.f32 %%left$(4*h+1), %%score$(32*h+8*k+3), %%score$(32*h+8*k+2);
        cvt.rn.bf16x2.f32 %%left$(4*h+2), %%score$(32*h+8*k+5), %%score$(32*h+8*k+4);
        cvt.rn.bf16x2.f32 %%left$(4*h+3), %%score$(32*h+8*k+7), %%score$(32*h+8*k+6);
        #end

        """;

    private const string MultiplySixteen = """
        ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%%right0, %%right1, %%right2, %%right3}, [%0+$(4352*k+32*n)];
        #repeat h 2
        #repeat m 2
        mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%%product$(64*h+8*n+4*m), %%product$(64*h+8*n+4*m+1), %%product$(64*h+8*n+4*m+2), %%product$(64*h+8*n+4*m+3)}, {%%left$(4*h), %%left$(4*h+1), %%left$(4*h+2), %%left$(4*h+3)}, {%%right$(2*m), %%right$(2*m+1)}, {%%product$(64*h+8*n+4*m), %%product$(64*h+8*n+4*m+1), %%product$(64*h+8*n+4*m+2), %%product$(64*h+8*n+4*m+3)};
        #end
        #end

        """;

    public static int ElementBytes => 2;

    public static int StageStride => 272;

    public static void Score(int upper, int lower, int columns) => CudaAsm.Emit(
        """
        #repeat k 4
        ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%%left0, %%left1, %%left2, %%left3}, [%0+$(32*k)];
        ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%%left4, %%left5, %%left6, %%left7}, [%1+$(32*k)];
        #repeat n 4
        ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%%right0, %%right1, %%right2, %%right3}, [%2+$(4352*n+32*k)];
        #repeat h 2
        #repeat m 2
        mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%%score$(32*h+8*n+4*m), %%score$(32*h+8*n+4*m+1), %%score$(32*h+8*n+4*m+2), %%score$(32*h+8*n+4*m+3)}, {%%left$(4*h), %%left$(4*h+1), %%left$(4*h+2), %%left$(4*h+3)}, {%%right$(2*m), %%right$(2*m+1)}, {%%score$(32*h+8*n+4*m), %%score$(32*h+8*n+4*m+1), %%score$(32*h+8*n+4*m+2), %%score$(32*h+8*n+4*m+3)};
        #end
        #end
        #end
        #end
        """,
        upper,
        lower,
        columns);

    public static int ValuesOffset(int lane) => ((lane & 15) * StageStride) + ((lane >> 4) * 16);

    public static void Multiply64(int values) => CudaAsm.Emit("#repeat k 4\n" + Round + "#repeat n 4\n" + MultiplySixteen + "#end\n#end", values);

    public static void Multiply128(int values) => CudaAsm.Emit("#repeat k 4\n" + Round + "#repeat n 8\n" + MultiplySixteen + "#end\n#end", values);
}
