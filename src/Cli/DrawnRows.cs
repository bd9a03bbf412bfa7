namespace NegSamples.Cli;

/// <summary>A picture with an image and others in each row.</summary>
/// <param name="Picture">The file.</param>
/// <param name="Data">The set that the images are of.</param>
/// <param name="Rows">The rows from above.</param>
internal sealed record DrawnRows(string Picture, string Data, IReadOnlyList<DrawnRow> Rows);

/// <summary>An image and those beside it.</summary>
/// <param name="Image">Its place in the set.</param>
/// <param name="Name">Its file, or its place, and its class.</param>
/// <param name="Nearest">The nearest images where that is what is drawn, else null.</param>
internal sealed record DrawnRow(int Image, string Name, IReadOnlyList<DrawnNeighbour>? Nearest = null);

/// <summary>An image near to another.</summary>
/// <param name="Image">Its place in the set.</param>
/// <param name="Name">Its file, or its place, and its class.</param>
/// <param name="Cosine">How near.</param>
internal sealed record DrawnNeighbour(int Image, string Name, double Cosine);
