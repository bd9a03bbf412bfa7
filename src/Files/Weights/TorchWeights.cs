using System.IO.Compression;
using System.Text;
using NegSamples.Files.Arrays;
using NegSamples.Files.Pickles;

namespace NegSamples.Files.Weights;

/// <summary>The weights of a file that torch.save of PyTorch 1.6 or later has written: an archive of a pickle and of the storages that it names.</summary>
internal sealed class TorchWeights : WeightsFile
{
    private const string PickleName = "data.pkl", OrderName = "byteorder";
    private const long MostPickleBytes = 64 << 20;

    // Dictionaries of a checkpoint in one another: of the optimizer's state, or of a student and a teacher.
    private const int Deepest = 3;

    private readonly Stream stream;
    private readonly ZipArchive archive;
    private readonly string root;
    private readonly bool isBigEndian;
    private readonly List<WeightEntry> entries = [];
    private readonly Dictionary<WeightEntry, PickledTensor> tensors = new(ReferenceEqualityComparer.Instance);

    /// <param name="stream">The file, which is closed with this.</param>
    /// <param name="path">Its name, for messages.</param>
    public TorchWeights(Stream stream, string path)
    {
        this.stream = stream;
        try
        {
            archive = new ZipArchive(stream, ZipArchiveMode.Read);
            ZipArchiveEntry[] pickles = [.. archive.Entries.Where(entry => entry.FullName == PickleName || entry.FullName.EndsWith("/" + PickleName, StringComparison.Ordinal))];
            if (pickles.Length != 1)
                throw new BadDataException($"{path} is an archive with {Counted.Of(pickles.Length, "file")} {PickleName}; expected one, as torch.save of PyTorch 1.6 or later writes it.");
            root = pickles[0].FullName[..^PickleName.Length];
            if (archive.GetEntry(root + "constants.pkl") is not null)
                throw new BadDataException($"{path} is a TorchScript program; expected its weights alone: torch.save(torch.jit.load(FILE).state_dict(), NEW_FILE).");
            isBigEndian = archive.GetEntry(root + OrderName) is { } order && OrderOf(ReadWhole(order, OrderName.Length * 2, path), path);
            byte[] pickle = ReadWhole(pickles[0], MostPickleBytes, path);
            object? value = Pickle.Read(pickle, path, new TorchNames(pickle.Length));
            if (value is not Dictionary<string, object?> outermost)
                throw new BadDataException($"{path} holds no dictionary of tensors; expected the state_dict of a model: torch.save(model.state_dict(), FILE).");
            Take(outermost, "", 1, new(ReferenceEqualityComparer.Instance));
        }
        catch (Exception exception)
        {
            archive?.Dispose();
            stream.Dispose();
            if (IsDamage(exception)) throw new BadDataException($"{path} is a damaged archive: {exception.Message}", exception);
            throw;
        }
    }

    public override IReadOnlyList<WeightEntry> Entries => entries;

    protected override void Check(WeightEntry entry)
    {
        PickledTensor tensor = tensors[entry];
        ZipArchiveEntry storage = StorageOf(entry, tensor);
        CheckStored(storage, Path, stream.Length);
        int size = tensor.Storage.Type.Bytes();
        if ((Int128)tensor.Storage.Count * size != storage.Length)
            throw new BadDataException($"{Path}: {storage.FullName} has {Counted.Of(storage.Length, "byte")}; expected {(Int128)tensor.Storage.Count * size}, {Counted.Of(tensor.Storage.Count, "number")} of {tensor.Storage.Type}.");
        if (entry.Count > tensor.Storage.Count)
            throw new BadDataException($"{Path}: {entry.Name} has {Counted.Of(entry.Count, "number")} in a storage of {tensor.Storage.Count}; expected each number once.");
        if (entry.Count > 0 && SpanOf(tensor) * size > Array.MaxLength)
            throw new BadDataException($"{Path}: {entry.Name} reaches over {Counted.Of(SpanOf(tensor) * size, "byte")}; expected {Array.MaxLength} at most.");
    }

    protected override void Read(WeightEntry entry, Span<float> values)
    {
        if (values.Length == 0) return;
        PickledTensor tensor = tensors[entry];
        ZipArchiveEntry storage = StorageOf(entry, tensor);
        int size = tensor.Storage.Type.Bytes();
        byte[] bytes = new byte[SpanOf(tensor) * size];
        try
        {
            using Stream data = storage.Open();
            Skip(data, tensor.Offset * size);
            if (data.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length) throw new BadDataException($"{Path}: {storage.FullName} ends early.");
        }
        catch (Exception exception) when (IsDamage(exception))
        {
            throw new BadDataException($"{Path}: {storage.FullName} is damaged: {exception.Message}", exception);
        }

        if (IsContiguous(tensor)) NumberBytes.ToFloats(bytes, entry.Type, isBigEndian, values);
        else Gather(tensor, bytes, values);
    }

    protected override void Dispose(bool disposing)
    {
        archive.Dispose();
        stream.Dispose();
        base.Dispose(disposing);
    }

    private ZipArchiveEntry StorageOf(WeightEntry entry, PickledTensor tensor) => archive.GetEntry($"{root}data/{tensor.Storage.Key}")
        ?? throw new BadDataException($"{Path}: {entry.Name} lies in {root}data/{Pickle.Printable(tensor.Storage.Key)}, which the archive does not have.");

    /// <summary>The numbers from a tensor's first to its last, within the storage as the pickle's reader has checked.</summary>
    private static long SpanOf(PickledTensor tensor)
    {
        long span = 1;
        for (int axis = 0; axis < tensor.Shape.Count; axis++) span += (tensor.Shape[axis] - 1) * tensor.Strides[axis];
        return span;
    }

    /// <summary>Lists the tensors of a dictionary, and of those in it.</summary>
    private void Take(Dictionary<string, object?> dictionary, string group, int depth, HashSet<object> seen)
    {
        if (!seen.Add(dictionary)) return;
        foreach ((string key, object? value) in dictionary)
        {
            if (value is PickledTensor tensor)
            {
                WeightEntry entry = new(group, key, tensor.Storage.Type, tensor.Shape);
                entries.Add(entry);
                tensors.Add(entry, tensor);
            }
            else if (value is Dictionary<string, object?> inner && depth < Deepest) Take(inner, group.Length == 0 ? key : $"{group}/{key}", depth + 1, seen);
        }
    }

    /// <summary>Reads the numbers of a tensor whose strides are not those of its shape.</summary>
    private void Gather(PickledTensor tensor, byte[] bytes, Span<float> values)
    {
        int size = tensor.Storage.Type.Bytes(), axes = tensor.Shape.Count;
        long[] index = new long[axes];
        long place = 0;
        for (int i = 0; i < values.Length; i++)
        {
            NumberBytes.ToFloats(bytes.AsSpan((int)place * size, size), tensor.Storage.Type, isBigEndian, values.Slice(i, 1));
            for (int axis = axes - 1; axis >= 0; axis--)
            {
                place += tensor.Strides[axis];
                if (++index[axis] < tensor.Shape[axis]) break;
                place -= tensor.Strides[axis] * tensor.Shape[axis];
                index[axis] = 0;
            }
        }
    }

    private static bool IsContiguous(PickledTensor tensor)
    {
        long stride = 1;
        for (int axis = tensor.Shape.Count - 1; axis >= 0; axis--)
        {
            if (tensor.Shape[axis] != 1 && tensor.Strides[axis] != stride) return false;
            stride *= tensor.Shape[axis];
        }

        return true;
    }

    private static void Skip(Stream data, long bytes)
    {
        byte[] skipped = new byte[Math.Min(bytes, 1 << 16)];
        while (bytes > 0)
        {
            int read = data.Read(skipped, 0, (int)Math.Min(bytes, skipped.Length));
            if (read == 0) return; // what is read then ends early
            bytes -= read;
        }
    }

    private byte[] ReadWhole(ZipArchiveEntry entry, long most, string path)
    {
        CheckStored(entry, path, stream.Length);
        if (entry.Length > most) throw new BadDataException($"{path}: {entry.FullName} has {Counted.Of(entry.Length, "byte")}; expected {most} at most.");
        byte[] bytes = new byte[entry.Length];
        using Stream data = entry.Open();
        if (data.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length) throw new BadDataException($"{path}: {entry.FullName} ends early.");
        return bytes;
    }

    /// <summary>torch.save compresses nothing, so that no entry is larger than the file.</summary>
    private static void CheckStored(ZipArchiveEntry entry, string path, long fileBytes)
    {
        if (entry.CompressedLength != entry.Length || entry.Length > fileBytes)
            throw new BadDataException($"{path}: {entry.FullName} has {Counted.Of(entry.Length, "byte")} in {entry.CompressedLength} of the file's {fileBytes}; expected them as they are, as torch.save writes them.");
    }

    private static bool OrderOf(byte[] text, string path) => Encoding.ASCII.GetString(text).Trim() switch
    {
        "little" => false,
        "big" => true,
        string other => throw new BadDataException($"{path}: its byte order is {Pickle.Printable(other)}; expected little or big."),
    };

    // What the reader of archives throws for damage; an I/O error of the disk is not among them.
    private static bool IsDamage(Exception exception) =>
        exception is InvalidDataException or EndOfStreamException or ArgumentException or NotSupportedException or OverflowException;
}
