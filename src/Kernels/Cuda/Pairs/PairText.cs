namespace NegSamples.Kernels.Cuda;

/// <summary>The inline PTX that does not depend on the operands' format. A lane has four rows: r = 2h + b is row 16h + 8b + g of its warp.</summary>
/// <remarks>Row r's columns are <c>score(32·(r/2) + 4n + 2·(r &amp; 1) + c)</c>, column 8n + 2t + c of the tile. 0fFF7FFFFF, the
/// least float, is the dot product of a pair that does not count.</remarks>
internal static class PairText
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

    /// <summary>Raises the row's maximum to this tile's, over all four lanes of the row, and finds what earlier sums are to be multiplied by.</summary>
    /// <remarks>
    /// Of the four rows' maxima and sums each of a row's four lanes holds one, or they would take 16 registers and not 4: %2 is the lane of the row.
    /// %0 the scale, %1 the tilted scale.
    /// </remarks>
    public const string RaiseMaximum = """
        setp.ne.s32 %%rises, 0, 0;
        #repeat r 4
        mov.f32 %%top, %%score$(32*(r/2)+2*(r&1));
        #repeat n 8
        #repeat c 2
        max.f32 %%top, %%top, %%score$(32*(r/2)+4*n+2*(r&1)+c);
        #end
        #end
        shfl.sync.bfly.b32 %%other, %%top, 1, 31, 0xffffffff;
        max.f32 %%top, %%top, %%other;
        shfl.sync.bfly.b32 %%other, %%top, 2, 31, 0xffffffff;
        max.f32 %%top, %%top, %%other;
        shfl.sync.idx.b32 %%other, %%ownMost, $(r), 0x1c1f, 0xffffffff;
        max.f32 %%top, %%top, %%other;
        setp.gt.or.f32 %%rises, %%top, %%other, %%rises;
        sub.rn.f32 %%e, %%other, %%top;
        mul.rn.f32 %%part, %%e, %1;
        mul.rn.f32 %%e, %%e, %0;
        ex2.approx.ftz.f32 %%factor, %%e;
        ex2.approx.ftz.f32 %%part, %%part;
        setp.eq.s32 %%hit, %2, $(r);
        @%%hit mov.f32 %%ownMost, %%top;
        @%%hit mov.f32 %%ownFactor, %%factor;
        @%%hit mov.f32 %%ownTiltedFactor, %%part;
        #end
        """;

    /// <summary>Multiplies the products so far where the maximum of a row has risen.</summary>
    public const string RescaleProducts = """
        {
        .reg .pred %%any;
        vote.sync.any.pred %%any, %%rises, 0xffffffff;
        @!%%any bra KEPT;
        #repeat r 4
        shfl.sync.idx.b32 %%factor, %%ownFactor, $(r), 0x1c1f, 0xffffffff;
        #repeat n 16
        #repeat c 2
        mul.rn.f32 %%product$(64*(r/2)+4*n+2*(r&1)+c), %%product$(64*(r/2)+4*n+2*(r&1)+c), %%factor;
        #end
        #end
        #end
        KEPT:
        mov.b32 %%at, 0;
        }
        """;

    /// <summary>The same for 64 elements of the depth.</summary>
    public const string RescaleNarrowProducts = """
        {
        .reg .pred %%any;
        vote.sync.any.pred %%any, %%rises, 0xffffffff;
        @!%%any bra KEPT;
        #repeat r 4
        shfl.sync.idx.b32 %%factor, %%ownFactor, $(r), 0x1c1f, 0xffffffff;
        #repeat n 8
        #repeat c 2
        mul.rn.f32 %%product$(64*(r/2)+4*n+2*(r&1)+c), %%product$(64*(r/2)+4*n+2*(r&1)+c), %%factor;
        #end
        #end
        #end
        KEPT:
        mov.b32 %%at, 0;
        }
        """;

    /// <summary>Adds the second sum's exponentials; %0 the tilted scale, %1 the lane of the row.</summary>
    public const string AddTilted = """
        #repeat r 4
        shfl.sync.idx.b32 %%reference, %%ownMost, $(r), 0x1c1f, 0xffffffff;
        setp.eq.f32 %%hit, %%reference, 0fFF7FFFFF;
        selp.f32 %%reference, 0f00000000, %%reference, %%hit;
        mov.f32 %%part, 0f00000000;
        #repeat n 8
        #repeat c 2
        sub.rn.f32 %%e, %%score$(32*(r/2)+4*n+2*(r&1)+c), %%reference;
        mul.rn.f32 %%e, %%e, %0;
        ex2.approx.ftz.f32 %%e, %%e;
        add.rn.f32 %%part, %%part, %%e;
        #end
        #end
        shfl.sync.bfly.b32 %%other, %%part, 1, 31, 0xffffffff;
        add.rn.f32 %%part, %%part, %%other;
        shfl.sync.bfly.b32 %%other, %%part, 2, 31, 0xffffffff;
        add.rn.f32 %%part, %%part, %%other;
        setp.eq.s32 %%hit, %1, $(r);
        @%%hit mov.f32 %%ownPart, %%part;
        #end
        fma.rn.f32 %%ownTilted, %%ownTilted, %%ownTiltedFactor, %%ownPart;
        """;

    /// <summary>Turns the scores into exponentials and adds them up, with what the roundings of the sum over the tiles take kept beside it (Knuth's two-sum).</summary>
    /// <remarks>%0 the scale, %1 the lane of the row. Where all is masked so far, any finite number serves as the maximum.</remarks>
    public const string AddExponentials = """
        #repeat r 4
        shfl.sync.idx.b32 %%reference, %%ownMost, $(r), 0x1c1f, 0xffffffff;
        setp.eq.f32 %%hit, %%reference, 0fFF7FFFFF;
        selp.f32 %%reference, 0f00000000, %%reference, %%hit;
        mov.f32 %%part, 0f00000000;
        #repeat n 8
        #repeat c 2
        sub.rn.f32 %%e, %%score$(32*(r/2)+4*n+2*(r&1)+c), %%reference;
        mul.rn.f32 %%e, %%e, %0;
        ex2.approx.ftz.f32 %%e, %%e;
        add.rn.f32 %%part, %%part, %%e;
        mov.f32 %%score$(32*(r/2)+4*n+2*(r&1)+c), %%e;
        #end
        #end
        shfl.sync.bfly.b32 %%other, %%part, 1, 31, 0xffffffff;
        add.rn.f32 %%part, %%part, %%other;
        shfl.sync.bfly.b32 %%other, %%part, 2, 31, 0xffffffff;
        add.rn.f32 %%part, %%part, %%other;
        setp.eq.s32 %%hit, %1, $(r);
        @%%hit mov.f32 %%ownPart, %%part;
        #end
        mul.rn.f32 %%ownSum, %%ownSum, %%ownFactor;
        mul.rn.f32 %%ownRest, %%ownRest, %%ownFactor;
        add.rn.f32 %%whole, %%ownSum, %%ownPart;
        sub.rn.f32 %%e, %%whole, %%ownSum;
        sub.rn.f32 %%other, %%whole, %%e;
        sub.rn.f32 %%other, %%ownSum, %%other;
        sub.rn.f32 %%e, %%ownPart, %%e;
        add.rn.f32 %%other, %%other, %%e;
        add.rn.f32 %%ownRest, %%ownRest, %%other;
        mov.f32 %%ownSum, %%whole;
        """;

    /// <summary>Stores the part of the lane's own row: %0 its address, %1 the row, %2 the number of rows, %3 the lane of the row.</summary>
    public const string StoreParts = """
        mov.b32 %%columnLabel0, 0;
        mov.f32 %%top, 0f00000000;
        #repeat r 4
        shfl.sync.bfly.b32 %%other, %%equalSum$(r), 1, 31, 0xffffffff;
        add.rn.f32 %%equalSum$(r), %%equalSum$(r), %%other;
        shfl.sync.bfly.b32 %%other, %%equalSum$(r), 2, 31, 0xffffffff;
        add.rn.f32 %%equalSum$(r), %%equalSum$(r), %%other;
        shfl.sync.bfly.b32 %%at, %%equalCount$(r), 1, 31, 0xffffffff;
        add.s32 %%equalCount$(r), %%equalCount$(r), %%at;
        shfl.sync.bfly.b32 %%at, %%equalCount$(r), 2, 31, 0xffffffff;
        add.s32 %%equalCount$(r), %%equalCount$(r), %%at;
        setp.eq.s32 %%hit, %3, $(r);
        @%%hit mov.f32 %%top, %%equalSum$(r);
        @%%hit mov.b32 %%columnLabel0, %%equalCount$(r);
        #end
        mov.b32 %%part, %%columnLabel0;
        mov.f32 %%e, 0f00000000;
        setp.lt.s32 %%hit, %1, %2;
        @%%hit st.global.v4.f32 [%0], {%%ownMost, %%ownSum, %%ownRest, %%ownTilted};
        @%%hit st.global.v4.f32 [%0+16], {%%ownScore, %%top, %%part, %%e};
        """;

    /// <summary>Stores the rows' shares: %0 the address of the first row's, %1 that row, %2 the number of rows, %3 the lane of the row.</summary>
    public const string StoreShares = """
        #repeat r 4
        shfl.sync.bfly.b32 %%other, %%share$(r), 1, 31, 0xffffffff;
        add.rn.f32 %%share$(r), %%share$(r), %%other;
        shfl.sync.bfly.b32 %%other, %%share$(r), 2, 31, 0xffffffff;
        add.rn.f32 %%share$(r), %%share$(r), %%other;
        add.s32 %%at, %1, $(8*r);
        setp.lt.s32 %%hit, %%at, %2;
        setp.eq.and.s32 %%hit, %3, 0, %%hit;
        @%%hit st.global.f32 [%0+$(32*r)], %%share$(r);
        #end
        """;

    /// <summary>Stores 64 elements of the products of row r: %0 the address of the lane's first pair.</summary>
    public const string StoreProducts0 = "#repeat n 8\nst.global.v2.f32 [%0+$(32*n)], {%%product$(4*n), %%product$(4*n+1)};\n#end";
    public const string StoreProducts1 = "#repeat n 8\nst.global.v2.f32 [%0+$(32*n)], {%%product$(4*n+2), %%product$(4*n+3)};\n#end";
    public const string StoreProducts2 = "#repeat n 8\nst.global.v2.f32 [%0+$(32*n)], {%%product$(4*n+64), %%product$(4*n+65)};\n#end";
    public const string StoreProducts3 = "#repeat n 8\nst.global.v2.f32 [%0+$(32*n)], {%%product$(4*n+66), %%product$(4*n+67)};\n#end";
    public const string StoreUpperProducts0 = "#repeat n 8\nst.global.v2.f32 [%0+$(32*n+256)], {%%product$(4*n+32), %%product$(4*n+33)};\n#end";
    public const string StoreUpperProducts1 = "#repeat n 8\nst.global.v2.f32 [%0+$(32*n+256)], {%%product$(4*n+34), %%product$(4*n+35)};\n#end";
    public const string StoreUpperProducts2 = "#repeat n 8\nst.global.v2.f32 [%0+$(32*n+256)], {%%product$(4*n+96), %%product$(4*n+97)};\n#end";
    public const string StoreUpperProducts3 = "#repeat n 8\nst.global.v2.f32 [%0+$(32*n+256)], {%%product$(4*n+98), %%product$(4*n+99)};\n#end";

    /// <summary>The weights of rows that are anchors, with their sum: %0 the scale.</summary>
    public const string WeighByRow = """
        #repeat r 4
        mov.f32 %%part, 0f00000000;
        #repeat n 8
        #repeat c 2
        sub.rn.f32 %%e, %%score$(32*(r/2)+4*n+2*(r&1)+c), %%most$(r);
        mul.rn.f32 %%e, %%e, %0;
        ex2.approx.ftz.f32 %%e, %%e;
        mul.rn.f32 %%e, %%e, %%bySum$(r);
        add.rn.f32 %%part, %%part, %%e;
        mov.f32 %%score$(32*(r/2)+4*n+2*(r&1)+c), %%e;
        #end
        #end
        add.rn.f32 %%share$(r), %%share$(r), %%part;
        #end
        """;

    /// <summary>The weights of a loss with two sums by row: %0 the scale, %1 the tilted scale.</summary>
    public const string WeighTiltedByRow = """
        #repeat r 4
        #repeat n 8
        #repeat c 2
        sub.rn.f32 %%e, %%score$(32*(r/2)+4*n+2*(r&1)+c), %%most$(r);
        mul.rn.f32 %%other, %%e, %1;
        mul.rn.f32 %%e, %%e, %0;
        ex2.approx.ftz.f32 %%e, %%e;
        ex2.approx.ftz.f32 %%other, %%other;
        mul.rn.f32 %%e, %%e, %%bySum$(r);
        fma.rn.f32 %%score$(32*(r/2)+4*n+2*(r&1)+c), %%other, %%byTilted$(r), %%e;
        #end
        #end
        #end
        """;

    /// <summary>Adds the slope of the keys of the row's label, and takes the weight of the ignored key; arguments as those of the labels.</summary>
    public const string WeighLabelsByRow = EachLabel + """
        setp.ne.and.s32 %%hit, %%at, %%ignoredKey$(r), %%hit;
        @%%hit add.rn.f32 %%score$(32*(r/2)+4*n+2*(r&1)+c), %%score$(32*(r/2)+4*n+2*(r&1)+c), %%byEqual$(r);

        """ + EndEachLabel;

    /// <summary>The weights of columns that are anchors: %0 the scale, %1 the shared address of the lane's pair of columns.</summary>
    public const string WeighByColumn = """
        #repeat n 8
        ld.shared.v2.f32 {%%columnMost0, %%columnMost1}, [%1+$(32*n)];
        ld.shared.v2.f32 {%%columnBySum0, %%columnBySum1}, [%1+$(32*n+256)];
        #repeat c 2
        #repeat r 4
        sub.rn.f32 %%e, %%score$(32*(r/2)+4*n+2*(r&1)+c), %%columnMost$(c);
        mul.rn.f32 %%e, %%e, %0;
        ex2.approx.ftz.f32 %%e, %%e;
        mul.rn.f32 %%score$(32*(r/2)+4*n+2*(r&1)+c), %%e, %%columnBySum$(c);
        #end
        #end
        #end
        """;

    /// <summary>The same of a loss with two sums: %2 the tilted scale.</summary>
    public const string WeighTiltedByColumn = """
        #repeat n 8
        ld.shared.v2.f32 {%%columnMost0, %%columnMost1}, [%1+$(32*n)];
        ld.shared.v2.f32 {%%columnBySum0, %%columnBySum1}, [%1+$(32*n+256)];
        ld.shared.v2.f32 {%%columnByTilted0, %%columnByTilted1}, [%1+$(32*n+512)];
        #repeat c 2
        #repeat r 4
        sub.rn.f32 %%e, %%score$(32*(r/2)+4*n+2*(r&1)+c), %%columnMost$(c);
        mul.rn.f32 %%other, %%e, %2;
        mul.rn.f32 %%e, %%e, %0;
        ex2.approx.ftz.f32 %%e, %%e;
        ex2.approx.ftz.f32 %%other, %%other;
        mul.rn.f32 %%e, %%e, %%columnBySum$(c);
        fma.rn.f32 %%score$(32*(r/2)+4*n+2*(r&1)+c), %%other, %%columnByTilted$(c), %%e;
        #end
        #end
        #end
        """;

    /// <summary>Adds the slope of the rows of the column's label: %0 the shared address of the lane's pair of columns, %1 the lane's first row.</summary>
    public const string WeighLabelsByColumn = """
        #repeat n 8
        ld.shared.v2.f32 {%%columnByEqual0, %%columnByEqual1}, [%0+$(32*n+768)];
        ld.shared.v2.b32 {%%columnLabel0, %%columnLabel1}, [%0+$(32*n+1024)];
        ld.shared.v2.b32 {%%columnIgnored0, %%columnIgnored1}, [%0+$(32*n+1536)];
        #repeat c 2
        sub.s32 %%at, %%columnIgnored$(c), %1;
        #repeat r 4
        setp.eq.s32 %%hit, %%columnLabel$(c), %%label$(r);
        setp.ne.and.s32 %%hit, %%at, $(8*r), %%hit;
        @%%hit add.rn.f32 %%score$(32*(r/2)+4*n+2*(r&1)+c), %%score$(32*(r/2)+4*n+2*(r&1)+c), %%columnByEqual$(c);
        #end
        #end
        #end
        """;

    /// <summary>Masks rows of the column's label; arguments as before.</summary>
    public const string MaskLabelsByColumn = """
        #repeat n 8
        ld.shared.v2.b32 {%%columnLabel0, %%columnLabel1}, [%0+$(32*n+1024)];
        #repeat c 2
        #repeat r 4
        setp.eq.s32 %%hit, %%columnLabel$(c), %%label$(r);
        @%%hit mov.f32 %%score$(32*(r/2)+4*n+2*(r&1)+c), 0fFF7FFFFF;
        #end
        #end
        #end
        """;

    /// <summary>The weights where rows and columns are the same anchors: %0 the scale, %1 the shared address of the lane's pair of columns.</summary>
    public const string WeighByBoth = """
        #repeat n 8
        ld.shared.v2.f32 {%%columnMost0, %%columnMost1}, [%1+$(32*n)];
        ld.shared.v2.f32 {%%columnBySum0, %%columnBySum1}, [%1+$(32*n+256)];
        #repeat c 2
        #repeat r 4
        sub.rn.f32 %%other, %%score$(32*(r/2)+4*n+2*(r&1)+c), %%columnMost$(c);
        sub.rn.f32 %%e, %%score$(32*(r/2)+4*n+2*(r&1)+c), %%most$(r);
        mul.rn.f32 %%other, %%other, %0;
        mul.rn.f32 %%e, %%e, %0;
        ex2.approx.ftz.f32 %%other, %%other;
        ex2.approx.ftz.f32 %%e, %%e;
        fma.rn.f32 %%share$(r), %%e, %%bySum$(r), %%share$(r);
        mul.rn.f32 %%e, %%e, %%bySum$(r);
        fma.rn.f32 %%score$(32*(r/2)+4*n+2*(r&1)+c), %%other, %%columnBySum$(c), %%e;
        #end
        #end
        #end
        """;

    /// <summary>The same relative to one maximum, %2.</summary>
    public const string WeighByBothCommon = """
        #repeat n 8
        ld.shared.v2.f32 {%%columnBySum0, %%columnBySum1}, [%1+$(32*n+256)];
        #repeat c 2
        #repeat r 4
        sub.rn.f32 %%e, %%score$(32*(r/2)+4*n+2*(r&1)+c), %2;
        mul.rn.f32 %%e, %%e, %0;
        ex2.approx.ftz.f32 %%e, %%e;
        fma.rn.f32 %%share$(r), %%e, %%bySum$(r), %%share$(r);
        add.rn.f32 %%other, %%bySum$(r), %%columnBySum$(c);
        mul.rn.f32 %%score$(32*(r/2)+4*n+2*(r&1)+c), %%e, %%other;
        #end
        #end
        #end
        """;
}
