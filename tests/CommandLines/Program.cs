using System.Text.Json;
using NegSamples.Cli;

// A line of standard input has the arguments of one command, a line of standard output what became of it: its exit code and what it wrote.
while (Console.In.ReadLine() is { } line)
{
    StringWriter output = new(), error = new();
    int code = await CommandLine.RunAsync(JsonSerializer.Deserialize<string[]>(line)!, output, error);
    Console.Out.WriteLine(JsonSerializer.Serialize(new object[] { code, output.ToString(), error.ToString() }));
}
