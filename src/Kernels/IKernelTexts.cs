namespace NegSamples.Kernels;

/// <summary>Keeps the texts of compiled kernels between processes. Called from several threads at once.</summary>
internal interface IKernelTexts
{
    /// <summary>The text that was kept under a key; null where there is none, or it is not what was kept.</summary>
    /// <param name="key">Names the program, the kernel and what it is compiled for.</param>
    string? Find(string key);

    /// <summary>Keeps a text, where that can be done.</summary>
    /// <param name="key">As of <see cref="Find"/>.</param>
    /// <param name="text">The text.</param>
    void Keep(string key, string text);
}
