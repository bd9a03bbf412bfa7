namespace NegSamples.Kernels.Cuda;

/// <summary>The inline PTX that bfloat16 and TF32 share: their fragments have the same places, of 16-byte chunks and of accumulators.</summary>
internal static class TensorCoreText
{
    public const string Declare = """
        .reg .f32 %%acc<128>;
        .reg .b32 %%left<16>;
        .reg .b32 %%right<16>;
        .reg .b32 %%at<16>;
        #repeat i 128
        mov.f32 %%acc$(i), 0f00000000;
        #end
        """;

    /// <summary>The fragments of one step of the tensor cores, two chunks of depth: %0 the lane's chunk of the left operand, %1 of the right one.</summary>
    public const string LoadRows = """
        add.s32 %%at0, %0, %%shared;
        add.s32 %%at1, %1, %%shared;
        #repeat m 4
        ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%%left$(4*m), %%left$(4*m+1), %%left$(4*m+2), %%left$(4*m+3)}, [%%at0+$(1024*m)];
        #end
        #repeat n 4
        ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%%right$(4*n), %%right$(4*n+1), %%right$(4*n+2), %%right$(4*n+3)}, [%%at1+$(1024*n)];
        #end

        """;

    /// <summary>A warp's lane g = lane / 4, t = lane % 4 holds rows g, g + 8 and columns 2t, 2t + 1 of each 16 x 8 accumulator: %0 is its first element.</summary>
    public const string Store = """
        add.s32 %%at0, %0, %%shared;
        #repeat m 4
        #repeat h 2
        #repeat n 8
        st.shared.v2.f32 [%%at0+$(4608*m+2304*h+32*n)], {%%acc$(32*m+4*n+2*h), %%acc$(32*m+4*n+2*h+1)};
        #end
        #end
        #end
        """;

    /// <summary>The lane's address of a fragment of the left operand in a stage of rows: rows 0 to 15, chunks 0 and 1.</summary>
    public static int LeftRow(int lane) => RowOffset(lane & 15, lane >> 4);

    /// <summary>The lane's address of two fragments of the right operand in a stage of rows: rows 0 to 15, chunks 0 and 1.</summary>
    public static int RightRow(int lane) => RowOffset((lane & 7) + ((lane >> 4) << 3), (lane >> 3) & 1);

    /// <summary>Where a chunk of a row lies in a stage of rows.</summary>
    public static int RowOffset(int row, int chunk) => ((row >> 1) << 7) + (((((row & 1) << 2) + chunk) ^ ((row >> 1) & 3)) << 4);
}
