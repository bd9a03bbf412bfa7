using System.Text.Json.Serialization;

namespace NegSamples.Theory.Tables;

/// <summary>How a coupon table looks as JSON; numbers have the digits that give the same double back.</summary>
[JsonSerializable(typeof(CouponTable))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class CouponJson : JsonSerializerContext;
