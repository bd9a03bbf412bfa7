namespace NegSamples.PtxInterpreter;

/// <summary>The dotted word of an instruction taken apart: <c>ld.global.nc.v4.f32</c>.</summary>
internal sealed class Opcode
{
    public Opcode(string text)
    {
        string[] parts = text.Split('.');
        (Text, Name, Modifiers) = (text, parts[0], parts[1..]);
        List<ScalarType> types = [];
        foreach (string part in Modifiers)
            if (ScalarTypes.TryParse(part, out ScalarType type)) types.Add(type);
        Types = [.. types];
    }

    public string Text { get; }
    public string Name { get; }
    public string[] Modifiers { get; }
    public ScalarType[] Types { get; }

    /// <summary>The last type: that of the operands for most instructions, of the source for a conversion.</summary>
    public ScalarType Type => Types.Length == 0 ? ScalarType.None : Types[^1];

    public bool Has(string modifier) => Array.IndexOf(Modifiers, modifier) >= 0;

    public int Vector => Has("v8") ? 8 : Has("v4") ? 4 : Has("v2") ? 2 : 1;

    public StateSpace Space
    {
        get
        {
            foreach (string modifier in Modifiers)
                switch (modifier.Split("::")[0])
                {
                    case "global": return StateSpace.Global;
                    case "shared": return StateSpace.Shared;
                    case "local": return StateSpace.Local;
                    case "param": return StateSpace.Param;
                    case "const": return StateSpace.Const;
                }

            return StateSpace.Generic;
        }
    }
}
