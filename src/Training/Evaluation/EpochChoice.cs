namespace NegSamples.Training.Evaluation;

/// <summary>An epoch of a linear classifier, and how often the classifier is right after it.</summary>
/// <param name="Selection">How it was chosen.</param>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Test">The accuracy on the test images after it.</param>
internal sealed record EpochChoice(EpochSelection Selection, int Epoch, Accuracy Test)
{
    /// <summary>The last epoch, the best by the held-out part, and the best by the test images. Of two that are as good it is the earlier.</summary>
    /// <param name="heldOut">The accuracy on the held-out part after each epoch; the top-1 decides.</param>
    /// <param name="test">The accuracy on the test images after each, as many.</param>
    public static IReadOnlyList<EpochChoice> Of(IReadOnlyList<Accuracy> heldOut, IReadOnlyList<Accuracy> test)
    {
        ArgumentNullException.ThrowIfNull(heldOut);
        ArgumentNullException.ThrowIfNull(test);
        if (heldOut.Count == 0 || heldOut.Count != test.Count)
            throw new ArgumentException(
                FormattableString.Invariant($"heldOut has {Counted.Of(heldOut.Count, "epoch")} and test {test.Count}; expected as many, 1 or more."), nameof(heldOut));
        return [At(EpochSelection.Last, test.Count - 1), At(EpochSelection.HeldOut, Best(heldOut)), At(EpochSelection.Test, Best(test))];

        EpochChoice At(EpochSelection selection, int epoch) => new(selection, epoch + 1, test[epoch]);
    }

    private static int Best(IReadOnlyList<Accuracy> epochs)
    {
        int best = 0;
        for (int epoch = 1; epoch < epochs.Count; epoch++)
        {
            if (epochs[epoch].Top1 > epochs[best].Top1) best = epoch;
        }

        return best;
    }
}
