using System.Security.Cryptography;

namespace NegSamples.Augment.Data;

/// <summary>Whether a copy of a published data set is the one that was published, by the MD5 sums that its publishers or the field's loaders give.</summary>
internal static class Origin
{
    /// <summary>All files have the published sums.</summary>
    public const string Verified = "verified: the published files";

    /// <summary>A file has another sum, or none is known for it.</summary>
    public const string Unknown = "unknown copy: not the published files";

    /// <summary>One of the two.</summary>
    public static string Of(bool isVerified) => isVerified ? Verified : Unknown;

    /// <summary>A running sum.</summary>
#pragma warning disable CA5351 // It tells a copy from another, not a friend from a foe: what may be read does not depend on it.
    public static IncrementalHash Sum() => IncrementalHash.CreateHash(HashAlgorithmName.MD5);

    /// <summary>The sum of some bytes in hexadecimal.</summary>
    public static string Sum(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(MD5.HashData(bytes));
#pragma warning restore CA5351

    /// <summary>A running sum in hexadecimal.</summary>
    public static string Text(IncrementalHash sum) => Convert.ToHexStringLower(sum.GetHashAndReset());
}
