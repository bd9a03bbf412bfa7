Console.WriteLine("NegSamples bench");
