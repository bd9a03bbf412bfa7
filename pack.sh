#!/usr/bin/env bash
# Packs the four libraries and the tool into the folder given (default: artifacts/packages), each with its symbols where it has any.
#
#   ./pack.sh && dotnet add package NegSamples.Kernels --prerelease --source "$PWD/artifacts/packages"
#   ./pack.sh && dotnet tool install negsamples --prerelease --tool-path tools --source "$PWD/artifacts/packages"
#   ./pack.sh --libraries FOLDER     without the tool, which takes minutes: one package a platform
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
tool=true
[[ ${1:-} != --libraries ]] || { tool=false; shift; }
target=${1:-artifacts/packages}

dotnet pack packages/Packages.slnf -c Release -o "$target" -v quiet

# Built apart: each platform has assemblies of its own.
[[ $tool == false ]] || dotnet pack src/Cli -c Release -p:PackTool=true -o "$target" --artifacts-path artifacts/tool -v quiet
ls -l "$target"/*.nupkg | awk '{ print $NF ": " $5 " bytes" }'
