using System.Buffers.Binary;
using System.Text;

namespace NegSamples.Tests.Augment.Data.Cifar;

/// <summary>Writes CIFAR's Python version as Python 2 pickled it: protocol 2, texts as bytes, the array by its own opcodes.</summary>
internal static class PickledCifar
{
    /// <summary>The pickle of the records of a file of the binary version.</summary>
    /// <param name="records">The file.</param>
    /// <param name="keys">What each label byte is called: labels, or coarse_labels and fine_labels.</param>
    /// <param name="type">The array's type as it says.</param>
    public static byte[] Batch(byte[] records, string[] keys, string type = "u1")
    {
        int record = keys.Length + 3072, rows = records.Length / record;
        using MemoryStream pickle = new();
        pickle.Write([0x80, 2, (byte)'}', (byte)'q', 1, (byte)'(']);
        for (int key = 0; key < keys.Length; key++)
        {
            Short(pickle, keys[key]);
            pickle.Write([(byte)']', (byte)'q', 9, (byte)'(']);
            for (int row = 0; row < rows; row++) pickle.Write([(byte)'K', records[(row * record) + key]]);
            pickle.WriteByte((byte)'e');
        }

        Short(pickle, "data");
        pickle.Write(Encoding.Latin1.GetBytes("cnumpy.core.multiarray\n_reconstruct\nq\u0007cnumpy\nndarray\nq\u0008K\0\u0085U\u0001b\u0087Rq\u000B(K\u0001"));
        Number(pickle, rows);
        Number(pickle, 3072);
        pickle.Write(Encoding.Latin1.GetBytes("\u0086cnumpy\ndtype\nq\u000C"));
        Short(pickle, type);
        pickle.Write(Encoding.Latin1.GetBytes("K\0K\u0001\u0087Rq\u000D(K\u0003U\u0001|NNNJ\u00FF\u00FF\u00FF\u00FFJ\u00FF\u00FF\u00FF\u00FFK\0tb\u0089T"));
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, rows * 3072);
        pickle.Write(length);
        for (int row = 0; row < rows; row++) pickle.Write(records, (row * record) + keys.Length, 3072);
        pickle.Write("tbu."u8);
        return pickle.ToArray();
    }

    /// <summary>The pickle of the class names.</summary>
    public static byte[] Names(string key, string[] names)
    {
        using MemoryStream pickle = new();
        pickle.Write([0x80, 2, (byte)'}', (byte)'(']);
        Short(pickle, key);
        pickle.Write("]("u8);
        foreach (string name in names) Short(pickle, name);
        pickle.Write("eu."u8);
        return pickle.ToArray();
    }

    private static void Number(MemoryStream pickle, int number)
    {
        byte[] bytes = [(byte)'M', 0, 0];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(1), (ushort)number);
        pickle.Write(bytes);
    }

    private static void Short(MemoryStream pickle, string text)
    {
        pickle.Write([(byte)'U', (byte)text.Length]);
        pickle.Write(Encoding.Latin1.GetBytes(text));
    }
}
