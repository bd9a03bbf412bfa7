namespace NegSamples.Kernels.Cuda;

/// <summary>The inline PTX that does not depend on the operands' format. A lane has four rows: r = 2h + b is row 16h + 8b + g of its warp.</summary>
/// <remarks>Row r's columns are <c>score(32·(r/2) + 4n + 2·(r &amp; 1) + c)</c>, column 8n + 2t + c of the tile. 0fFF7FFFFF, the
/// least float, is the dot product of a pair that does not count.</remarks>
internal static partial class PairText
{
    public const string Registers = """
        .reg .f32 %%score<64>;
        .reg .b32 %%left<8>;
        .reg .b32 %%right<4>;
        .reg .f32 %%most<4>;
        .reg .f32 %%reference;
        .reg .f32 %%factor;
        .reg .f32 %%found<4>;
        .reg .f32 %%ownMost;
        .reg .f32 %%ownFactor;
        .reg .f32 %%ownTiltedFactor;
        .reg .f32 %%ownPart;
        .reg .f32 %%ownSum;
        .reg .f32 %%ownRest;
        .reg .f32 %%ownTilted;
        .reg .f32 %%ownScore;
        .reg .f32 %%equalSum<4>;
        .reg .b32 %%equalCount<4>;
        .reg .b32 %%positiveKey<4>;
        .reg .b32 %%ignoredKey<4>;
        .reg .b32 %%ownPositive;
        .reg .b32 %%ownIgnored;
        .reg .b32 %%label<4>;
        .reg .f32 %%bySum<4>;
        .reg .f32 %%byTilted<4>;
        .reg .f32 %%byEqual<4>;
        .reg .f32 %%share<4>;
        .reg .f32 %%columnMost<2>;
        .reg .f32 %%columnBySum<2>;
        .reg .f32 %%columnByTilted<2>;
        .reg .f32 %%columnByEqual<2>;
        .reg .b32 %%columnLabel<2>;
        .reg .b32 %%columnPositive<2>;
        .reg .b32 %%columnIgnored<2>;
        .reg .f32 %%top;
        .reg .f32 %%other;
        .reg .f32 %%e;
        .reg .f32 %%part;
        .reg .f32 %%whole;
        .reg .b32 %%at;
        .reg .pred %%hit;
        .reg .pred %%rises;
        .reg .pred %%beyond;
        """;

    public const string ProductRegisters = """
        .reg .f32 %%product<128>;
        #repeat i 128
        mov.f32 %%product$(i), 0f00000000;
        #end
        """;

    /// <summary>Of 64 elements of the depth: the numbers leave out those of the upper half.</summary>
    public const string NarrowProductRegisters = """
        .reg .f32 %%product<128>;
        #repeat h 2
        #repeat i 32
        mov.f32 %%product$(64*h+i), 0f00000000;
        #end
        #end
        """;

    public const string ClearScores = """
        #repeat i 64
        mov.f32 %%score$(i), 0f00000000;
        #end
        """;

    public const string ClearRows = """
        mov.b32 %%ownPositive, -1;
        mov.b32 %%ownIgnored, -1;
        mov.f32 %%ownMost, 0fFF7FFFFF;
        mov.f32 %%ownSum, 0f00000000;
        mov.f32 %%ownRest, 0f00000000;
        mov.f32 %%ownTilted, 0f00000000;
        mov.f32 %%ownScore, 0f00000000;
        #repeat r 4
        mov.f32 %%equalSum$(r), 0f00000000;
        mov.b32 %%equalCount$(r), 0;
        mov.f32 %%share$(r), 0f00000000;
        #end
        """;

    /// <summary>Of the four rows' keys each of a row's four lanes holds one: %0 the address of that row's, %1 the row, %2 the number of rows.</summary>
    public const string LoadPositiveKey = "setp.lt.s32 %%hit, %1, %2;\n@%%hit ld.global.b32 %%ownPositive, [%0];";
    public const string LoadIgnoredKey = "setp.lt.s32 %%hit, %1, %2;\n@%%hit ld.global.b32 %%ownIgnored, [%0];";

    /// <summary>Brings all four rows' ignored keys to each lane.</summary>
    public const string SpreadIgnored = "#repeat r 4\nshfl.sync.idx.b32 %%ignoredKey$(r), %%ownIgnored, $(r), 0x1c1f, 0xffffffff;\n#end";

    // The loads of a number per row; %0 is the address of the lane's first row's, %1 that row, %2 the number of rows.
    private const string EachRow = """
        #repeat r 4
        add.s32 %%at, %1, $(8*r);
        setp.lt.s32 %%hit, %%at, %2;

        """;

    public const string LoadLabel = EachRow + "mov.b32 %%label$(r), 0;\n@%%hit ld.global.b32 %%label$(r), [%0+$(32*r)];\n#end";
    public const string LoadMaximum = EachRow + "mov.f32 %%most$(r), 0f00000000;\n@%%hit ld.global.f32 %%most$(r), [%0+$(32*r)];\n#end";
    public const string LoadBySum = EachRow + "mov.f32 %%bySum$(r), 0f00000000;\n@%%hit ld.global.f32 %%bySum$(r), [%0+$(32*r)];\n#end";
    public const string LoadByTilted = EachRow + "mov.f32 %%byTilted$(r), 0f00000000;\n@%%hit ld.global.f32 %%byTilted$(r), [%0+$(32*r)];\n#end";
    public const string LoadByEqual = EachRow + "mov.f32 %%byEqual$(r), 0f00000000;\n@%%hit ld.global.f32 %%byEqual$(r), [%0+$(32*r)];\n#end";

    /// <summary>The dot product of row and column of one number is the row's positive: %0 the lane's first row, %1 its first column, in rows of the positives, %2 the lane of the row.</summary>
    public const string TakeDiagonal = """
        #repeat r 4
        mov.f32 %%found$(r), 0f00000000;
        #end
        #repeat n 8
        #repeat c 2
        add.s32 %%at, %1, $(8*n+c);
        sub.s32 %%at, %%at, %0;
        #repeat r 4
        setp.eq.s32 %%hit, %%at, $(8*r);
        @%%hit mov.f32 %%found$(r), %%score$(32*(r/2)+4*n+2*(r&1)+c);
        #end
        #end
        #end
        #repeat r 4
        shfl.sync.bfly.b32 %%other, %%found$(r), 1, 31, 0xffffffff;
        add.rn.f32 %%found$(r), %%found$(r), %%other;
        shfl.sync.bfly.b32 %%other, %%found$(r), 2, 31, 0xffffffff;
        add.rn.f32 %%found$(r), %%found$(r), %%other;
        setp.eq.s32 %%hit, %2, $(r);
        @%%hit add.rn.f32 %%ownScore, %%ownScore, %%found$(r);
        #end
        """;

    /// <summary>Masks a row's positive, whose dot product is kept, its ignored key and what lies beyond the last column; most tiles have none of them.</summary>
    /// <remarks>%0 the lane's first column, %1 the tile's first column, %2 the number of columns, %3 the lane of the row.</remarks>
    public const string MaskByRow = """
        {
        .reg .pred %%any;
        .reg .b32 %%distance;
        add.s32 %%at, %1, 64;
        setp.gt.s32 %%hit, %%at, %2;
        sub.s32 %%distance, %%ownPositive, %1;
        setp.lt.or.u32 %%hit, %%distance, 64, %%hit;
        sub.s32 %%distance, %%ownIgnored, %1;
        setp.lt.or.u32 %%hit, %%distance, 64, %%hit;
        vote.sync.any.pred %%any, %%hit, 0xffffffff;
        @!%%any bra NONE;
        #repeat r 4
        mov.f32 %%found$(r), 0f00000000;
        #end
        #repeat r 4
        shfl.sync.idx.b32 %%positiveKey$(r), %%ownPositive, $(r), 0x1c1f, 0xffffffff;
        shfl.sync.idx.b32 %%ignoredKey$(r), %%ownIgnored, $(r), 0x1c1f, 0xffffffff;
        #end
        #repeat n 8
        #repeat c 2
        add.s32 %%at, %0, $(8*n+c);
        setp.ge.s32 %%beyond, %%at, %2;
        #repeat r 4
        setp.eq.s32 %%hit, %%at, %%positiveKey$(r);
        @%%hit mov.f32 %%found$(r), %%score$(32*(r/2)+4*n+2*(r&1)+c);
        setp.eq.or.s32 %%hit, %%at, %%ignoredKey$(r), %%hit;
        or.pred %%hit, %%hit, %%beyond;
        @%%hit mov.f32 %%score$(32*(r/2)+4*n+2*(r&1)+c), 0fFF7FFFFF;
        #end
        #end
        #end
        #repeat r 4
        shfl.sync.bfly.b32 %%other, %%found$(r), 1, 31, 0xffffffff;
        add.rn.f32 %%found$(r), %%found$(r), %%other;
        shfl.sync.bfly.b32 %%other, %%found$(r), 2, 31, 0xffffffff;
        add.rn.f32 %%found$(r), %%found$(r), %%other;
        setp.eq.s32 %%hit, %3, $(r);
        @%%hit add.rn.f32 %%ownScore, %%ownScore, %%found$(r);
        #end
        NONE:
        mov.b32 %%at, 0;
        }
        """;

    /// <summary>Masks the pairs whose row is the column's positive or ignored.</summary>
    /// <remarks>%0 the lane's first row, %1 the warp's first row, %2 shared address of the lane's pair of columns' positives, 256 bytes further the ignored.</remarks>
    public const string MaskByColumn = """
        {
        .reg .pred %%any;
        .reg .b32 %%distance;
        setp.ne.s32 %%hit, 0, 0;
        #repeat n 8
        ld.shared.v2.b32 {%%columnPositive0, %%columnPositive1}, [%2+$(32*n)];
        ld.shared.v2.b32 {%%columnIgnored0, %%columnIgnored1}, [%2+$(32*n+256)];
        #repeat c 2
        sub.s32 %%distance, %%columnPositive$(c), %1;
        setp.lt.or.u32 %%hit, %%distance, 32, %%hit;
        sub.s32 %%distance, %%columnIgnored$(c), %1;
        setp.lt.or.u32 %%hit, %%distance, 32, %%hit;
        #end
        #end
        vote.sync.any.pred %%any, %%hit, 0xffffffff;
        @!%%any bra NONE;
        #repeat n 8
        ld.shared.v2.b32 {%%columnPositive0, %%columnPositive1}, [%2+$(32*n)];
        ld.shared.v2.b32 {%%columnIgnored0, %%columnIgnored1}, [%2+$(32*n+256)];
        #repeat c 2
        sub.s32 %%columnPositive$(c), %%columnPositive$(c), %0;
        sub.s32 %%columnIgnored$(c), %%columnIgnored$(c), %0;
        #repeat r 4
        setp.eq.s32 %%hit, %%columnPositive$(c), $(8*r);
        setp.eq.or.s32 %%hit, %%columnIgnored$(c), $(8*r), %%hit;
        @%%hit mov.f32 %%score$(32*(r/2)+4*n+2*(r&1)+c), 0fFF7FFFFF;
        #end
        #end
        #end
        NONE:
        mov.b32 %%at, 0;
        }
        """;

    // Pairs of equal labels; %0 the shared address of the lane's pair of columns' labels, %1 the lane's first column, %2 the number of columns.
    private const string EachLabel = """
        #repeat n 8
        ld.shared.v2.b32 {%%columnLabel0, %%columnLabel1}, [%0+$(32*n)];
        #repeat c 2
        add.s32 %%at, %1, $(8*n+c);
        setp.lt.s32 %%beyond, %%at, %2;
        #repeat r 4
        setp.eq.and.s32 %%hit, %%columnLabel$(c), %%label$(r), %%beyond;

        """;

    private const string EndEachLabel = "#end\n#end\n#end";

    /// <summary>Masks keys of the row's label and counts them.</summary>
    public const string MaskEqualLabels = EachLabel + """
        @%%hit mov.f32 %%score$(32*(r/2)+4*n+2*(r&1)+c), 0fFF7FFFFF;
        @%%hit add.s32 %%equalCount$(r), %%equalCount$(r), 1;

        """ + EndEachLabel;

    /// <summary>Sums the dot products of keys of the row's label.</summary>
    public const string AddEqualLabels = EachLabel + """
        setp.ne.and.s32 %%hit, %%at, %%ignoredKey$(r), %%hit;
        @%%hit add.rn.f32 %%equalSum$(r), %%equalSum$(r), %%score$(32*(r/2)+4*n+2*(r&1)+c);
        @%%hit add.s32 %%equalCount$(r), %%equalCount$(r), 1;

        """ + EndEachLabel;
}
