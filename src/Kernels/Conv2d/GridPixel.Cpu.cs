namespace NegSamples.Kernels;

/// <summary>A walk over the pixels of all images, row by row.</summary>
internal struct GridPixel(long first, int height, int width)
{
    public long Image = first / width / height;
    public int Row = (int)(first / width % height), Column = (int)(first % width);

    public void Next()
    {
        if (++Column < width) return;
        Column = 0;
        if (++Row < height) return;
        Row = 0;
        Image++;
    }
}
