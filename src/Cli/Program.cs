Console.WriteLine("NegSamples");
