namespace NegSamples.Kernels.Cuda;

// The weights of pairs in the gradients.
internal static partial class PairText
{
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
