namespace NegSamples.PtxInterpreter;

/// <summary>
/// Orders a function's instructions so that whatever runs before something else comes before it, loops as wholes: the lanes of a
/// diverged warp that stand first in this order run first, and so all lanes meet again at the earliest place where they can. The order
/// of the text would not do: a compiler may put a loop's body behind what follows the loop.
/// </summary>
internal sealed class ControlFlow
{
    private readonly List<Instruction> code;
    private readonly List<(int Start, int End)> blocks = [];
    private readonly List<int[]> successors = [];
    private readonly List<int> sequence = [];

    private ControlFlow(List<Instruction> code, PtxFunction function)
    {
        this.code = code;
        SplitIntoBlocks(function);
    }

    public static void FillOrder(List<Instruction> code, PtxFunction function, int[] order)
    {
        ControlFlow flow = new(code, function);
        flow.Arrange([.. Enumerable.Range(0, flow.blocks.Count)], []);
        int next = 0;
        foreach (int block in flow.sequence)
            for (int at = flow.blocks[block].Start; at < flow.blocks[block].End; at++) order[at] = next++;
    }

    private void SplitIntoBlocks(PtxFunction function)
    {
        SortedSet<int> starts = [function.Start];
        for (int at = function.Start; at < function.End; at++)
        {
            int[] targets = Targets(at);
            starts.UnionWith(targets);
            if (targets.Length > 0 && at + 1 < function.End) starts.Add(at + 1);
        }

        int[] ordered = [.. starts];
        Dictionary<int, int> blockAt = [];
        for (int i = 0; i < ordered.Length; i++)
        {
            blocks.Add((ordered[i], i + 1 < ordered.Length ? ordered[i + 1] : function.End));
            blockAt[ordered[i]] = i;
        }

        foreach ((int _, int end) in blocks)
        {
            List<int> next = [.. Targets(end - 1).Select(target => blockAt[target])];
            Instruction last = code[end - 1];
            bool leaves = last.Guard < 0 && last.Kind is OperationKind.Branch or OperationKind.IndexedBranch or OperationKind.Return or OperationKind.Exit;
            if (!leaves && end < function.End) next.Add(blockAt[end]);
            successors.Add([.. next]);
        }
    }

    private int[] Targets(int at) => code[at].Kind switch
    {
        OperationKind.Branch => [code[at].Target],
        OperationKind.IndexedBranch => code[at].Targets,
        _ => []
    };

    /// <summary>Appends the blocks in topological order of the strongly connected components, each loop arranged without its back edges.</summary>
    private void Arrange(List<int> nodes, HashSet<int> headers)
    {
        List<List<int>> components = Components(nodes, headers);
        for (int i = components.Count - 1; i >= 0; i--)
        {
            List<int> component = components[i];
            if (component.Count == 1)
            {
                sequence.Add(component[0]);
                continue;
            }

            HashSet<int> inside = [.. component];
            int header = component.FirstOrDefault(block => nodes.Any(other => !inside.Contains(other) && successors[other].Contains(block)), component.Min());
            Arrange(component, [.. headers, header]);
        }
    }

    /// <summary>Tarjan's strongly connected components of the subgraph, last in topological order first; edges to headers do not count.</summary>
    private List<List<int>> Components(List<int> nodes, HashSet<int> headers)
    {
        HashSet<int> inside = [.. nodes];
        Dictionary<int, (int Index, int Low)> numbers = [];
        Stack<int> open = [];
        HashSet<int> isOpen = [];
        List<List<int>> components = [];
        foreach (int node in nodes.Order())
            if (!numbers.ContainsKey(node)) Visit(node);
        return components;

        void Visit(int node)
        {
            int index = numbers.Count, low = index;
            numbers[node] = (index, low);
            open.Push(node);
            isOpen.Add(node);
            foreach (int next in successors[node])
            {
                if (!inside.Contains(next) || headers.Contains(next)) continue;
                if (!numbers.TryGetValue(next, out (int Index, int Low) known)) { Visit(next); low = Math.Min(low, numbers[next].Low); }
                else if (isOpen.Contains(next)) low = Math.Min(low, known.Index);
            }

            numbers[node] = (index, low);
            if (low != index) return;
            List<int> component = [];
            int member;
            do
            {
                member = open.Pop();
                isOpen.Remove(member);
                component.Add(member);
            }
            while (member != node);
            components.Add(component);
        }
    }
}
