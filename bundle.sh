#!/usr/bin/env bash
# Publishes negsamples, its tests and its benchmarks as one folder that runs on any linux-x64 machine: no .NET and no CUDA toolkit,
# for a GPU only NVIDIA's driver. Writes negsamples-linux-x64.tar.gz into the folder given (default: artifacts).
#
#   ./bundle.sh && scp artifacts/negsamples-linux-x64.tar.gz gpu-machine: && ssh gpu-machine 'tar xzf negsamples-linux-x64.tar.gz && negsamples/gpu.sh'
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
target=${1:-artifacts}
limit=$((60 * 1024 * 1024)) # bytes
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
folder=$work/negsamples

# One runtime for the three: files of the same name are the same files.
for project in src/Cli bench tests; do
  dotnet publish "$project" -c Release -r linux-x64 --self-contained true -p:DebugType=none \
    -o "$folder" --artifacts-path "$work/build" -v quiet
done

# What only a machine with an SDK or a debugger uses, and documentation for editors. The benchmarks ask the compiler for C#'s keywords, so it stays.
rm -rf "$folder"/{cs,de,es,fr,it,ja,ko,pl,pt-BR,ru,tr,zh-Hans,zh-Hant} "$folder"/*.xml "$folder"/*.pdb \
  "$folder"/{amd64,arm64,x86} "$folder"/Dia2Lib.dll "$folder"/TraceReloggerLib.dll "$folder"/Microsoft.Diagnostics.Tracing*.dll "$folder"/{libcapstone,libmscordbi,libmscordaccore,libcoreclrtraceptprovider}.so

# ONNX Runtime, a quarter of all bytes, for embed and export, and Parquet's library, a sixth: what needs them says so where they are missing; a GPU does not.
rm -f "$folder"/libonnxruntime*.so "$folder"/ParquetSharpNative.so
cp bench/gpu.sh bench/peers/gpu_peers.py "$folder/"

mkdir -p "$target"
tar -C "$work" -czf "$target/negsamples-linux-x64.tar.gz.tmp" negsamples
mv "$target/negsamples-linux-x64.tar.gz.tmp" "$target/negsamples-linux-x64.tar.gz"
bytes=$(stat -c %s "$target/negsamples-linux-x64.tar.gz")
echo "$target/negsamples-linux-x64.tar.gz: $bytes bytes"
((bytes < limit)) || { echo "The bundle has $bytes bytes; expected less than $limit." >&2; exit 1; }
