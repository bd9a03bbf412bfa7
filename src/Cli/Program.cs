using NegSamples.Cli;
using NegSamples.Kernels;

// Open MPI gives its ranks a pseudo-terminal, into which the console would write a command of its own before the first line.
if (Launcher.Find() is not null) Environment.SetEnvironmentVariable("TERM", "dumb");
return await CommandLine.RunAsync(args, Console.Out, Console.Error);
