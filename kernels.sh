#!/usr/bin/env bash
# Writes docs/kernels.md: registers, spills, blocks, tensor-core instructions, coalescing and bank conflicts of every CUDA kernel. Needs ptxas and nvdisasm
# (CUDA 11.8 or later) on the path, and no GPU; of several versions on the path each is asked.
set -euo pipefail
cd "$(dirname "$0")"
command -v ptxas nvdisasm >/dev/null || { echo "ptxas and nvdisasm are not on the path; they come with the CUDA toolkit." >&2; exit 1; }
dotnet build -c Release tests
NEGSAMPLES_KERNEL_TABLE=$PWD/docs/kernels.md tests/bin/Release/net10.0/NegSamples.Tests -class NegSamples.Tests.Kernels.Cuda.KernelTableTests
