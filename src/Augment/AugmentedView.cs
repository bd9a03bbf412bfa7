using NegSamples.Augment.Recipes;
using NegSamples.Kernels;

namespace NegSamples.Augment;

/// <summary>A view of one image in one call: the bits that training on that device makes of the same image, recipe and number.</summary>
/// <remarks>The device is the last argument; without one it is the library's CPU (<see cref="DeviceLease"/>). Memory of the call is taken and given back by it:
/// 3·H·W bytes and 12·side² for the view.</remarks>
public static class AugmentedView
{
    /// <summary>A SimCLR view as floats: resized crop, flip, colour jitter, grayscale and, from 224 pixels on, blur.</summary>
    /// <param name="pixels">The image, RGB, [H, W, 3], row by row.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="side">Rows and columns of the view.</param>
    /// <param name="number">Which view it is.</param>
    /// <param name="settings">The recipe's numbers; the paper's for CIFAR-10 where they are missing.</param>
    /// <param name="ops">The device; null for the library's CPU.</param>
    /// <returns>[side, side, 3], from 0 to 1.</returns>
    /// <remarks>Source: Chen et al. 2020, arXiv:2002.05709, appendices A and B.9; see <see cref="SimClrRecipe"/>.</remarks>
    /// <exception cref="ArgumentException">The pixels do not fit the size, or a number is out of range.</exception>
    /// <example>
    /// <code>
    /// byte[] image = new byte[48 * 64 * 3];
    /// new Random(1).NextBytes(image);
    /// float[] first = AugmentedView.Of(image, height: 48, width: 64, side: 32, new ViewNumber(Seed: 7));
    /// float[] second = AugmentedView.Of(image, height: 48, width: 64, side: 32, new ViewNumber(Seed: 7, View: 1));
    /// </code>
    /// </example>
    public static float[] Of(
        ReadOnlySpan<byte> pixels, int height, int width, int side, ViewNumber number, RecipeSettings? settings = null, Ops? ops = null)
    {
        SimClrRecipe recipe = new(side, settings);
        float[] view = new float[checked(side * side * 3)];
        Of(pixels, height, width, recipe, number, view, ops: ops);
        return view;
    }

    /// <summary>A SimCLR view as bytes, to be shown or saved: those of the floats, rounded to 0..255.</summary>
    /// <inheritdoc cref="Of(ReadOnlySpan{byte}, int, int, int, ViewNumber, RecipeSettings?, Ops?)" path="/param|/exception|/remarks"/>
    /// <returns>[side, side, 3], RGB.</returns>
    /// <example>
    /// <code>
    /// byte[] image = new byte[48 * 64 * 3];
    /// byte[] view = AugmentedView.BytesOf(image, height: 48, width: 64, side: 32, new ViewNumber(Seed: 7));
    /// </code>
    /// </example>
    public static byte[] BytesOf(
        ReadOnlySpan<byte> pixels, int height, int width, int side, ViewNumber number, RecipeSettings? settings = null, Ops? ops = null) =>
        Array.ConvertAll(Of(pixels, height, width, side, number, settings, ops), value => (byte)Math.Clamp(MathF.Round(255 * value), 0, 255));

    /// <summary>A view by any recipe, in the caller's memory.</summary>
    /// <param name="pixels">The image, RGB, [H, W, 3], row by row.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="recipe">Draws the view's choices: <see cref="SimClrRecipe"/>, <see cref="PlainRecipe"/> for evaluation, or one of your own.</param>
    /// <param name="number">Which view it is.</param>
    /// <param name="view">Receives [side, side, 3]; its length tells the side.</param>
    /// <param name="range">The range of its numbers; 0..1 where it is null.</param>
    /// <param name="ops">The device; null for the library's CPU.</param>
    /// <exception cref="ArgumentException">The pixels do not fit the size, or the view is no square of pixels.</exception>
    /// <example>
    /// <code>
    /// byte[] image = new byte[48 * 64 * 3];
    /// float[] view = new float[32 * 32 * 3];
    /// AugmentedView.Of(image, height: 48, width: 64, new PlainRecipe(), default, view);
    /// </code>
    /// </example>
    public static void Of(
        ReadOnlySpan<byte> pixels, int height, int width, IViewRecipe recipe, ViewNumber number, Span<float> view, PixelRange? range = null, Ops? ops = null)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (pixels.Length != 3L * height * width)
            throw new ArgumentException(FormattableString.Invariant($"pixels has {Counted.Of(pixels.Length, "byte")}; expected {height} x {width} x 3 = {3L * height * width}."), nameof(pixels));
        int side = (int)Math.Sqrt(view.Length / 3);
        if (side < 1 || side * side * 3 != view.Length)
            throw new ArgumentException(FormattableString.Invariant($"view has {Counted.Of(view.Length, "number")}; expected side x side x 3."), nameof(view));
        using DeviceLease lease = new(ops);
        Make(lease.Ops, pixels, height, width, [recipe.Draw(number.Seed, number.Epoch, number.Sample, number.View, height, width)], side, view, range);
    }

    /// <summary>Makes some views of one image, one behind the other.</summary>
    internal static void Make(
        Ops ops, ReadOnlySpan<byte> pixels, int height, int width, ReadOnlySpan<ViewRecipe> recipes, int side, Span<float> views, PixelRange? range = null)
    {
        using Arena arena = ops.CreateArena("views of an image", Arena.BytesFor(ElementType.UInt8, pixels.Length) + Arena.BytesFor(ops.ActivationType, views.Length));
        Tensor source = arena.Take(ElementType.UInt8, pixels.Length), made = arena.Take(ops.ActivationType, recipes.Length, side, side, 3);
        ops.Upload(pixels, source);
        ops.AugmentViews(source, [new ImagePlace(0, height, width)], recipes, made, range);
        ops.Download(made, views);
    }
}
