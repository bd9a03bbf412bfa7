namespace NegSamples.Kernels.Cuda;

// The sums of the four rows and the products that go with them.
internal static partial class PairText
{
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

    /// <summary>Stores 64 elements of the products of row r: %0 the address of the lane's first pair.</summary>
    public const string StoreProducts0 = "#repeat n 8\nst.global.v2.f32 [%0+$(32*n)], {%%product$(4*n), %%product$(4*n+1)};\n#end";
    public const string StoreProducts1 = "#repeat n 8\nst.global.v2.f32 [%0+$(32*n)], {%%product$(4*n+2), %%product$(4*n+3)};\n#end";
    public const string StoreProducts2 = "#repeat n 8\nst.global.v2.f32 [%0+$(32*n)], {%%product$(4*n+64), %%product$(4*n+65)};\n#end";
    public const string StoreProducts3 = "#repeat n 8\nst.global.v2.f32 [%0+$(32*n)], {%%product$(4*n+66), %%product$(4*n+67)};\n#end";
    public const string StoreUpperProducts0 = "#repeat n 8\nst.global.v2.f32 [%0+$(32*n+256)], {%%product$(4*n+32), %%product$(4*n+33)};\n#end";
    public const string StoreUpperProducts1 = "#repeat n 8\nst.global.v2.f32 [%0+$(32*n+256)], {%%product$(4*n+34), %%product$(4*n+35)};\n#end";
    public const string StoreUpperProducts2 = "#repeat n 8\nst.global.v2.f32 [%0+$(32*n+256)], {%%product$(4*n+96), %%product$(4*n+97)};\n#end";
    public const string StoreUpperProducts3 = "#repeat n 8\nst.global.v2.f32 [%0+$(32*n+256)], {%%product$(4*n+98), %%product$(4*n+99)};\n#end";
}
