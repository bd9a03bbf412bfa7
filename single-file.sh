#!/usr/bin/env bash
# Publishes negsamples as one file that needs no .NET on the machine it runs on: artifacts/RID/negsamples (default RID: this machine's).
#
#   ./single-file.sh                 ./single-file.sh win-x64                 ./single-file.sh linux-arm64 FOLDER
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
case $(uname -sm) in
  Linux\ x86_64) here=linux-x64 ;;
  Linux\ aarch64) here=linux-arm64 ;;
  Darwin\ arm64) here=osx-arm64 ;;
  *) here= ;;
esac
platform=${1:-$here}
[[ -n $platform ]] || { echo "Name the platform: $0 RID, as linux-x64 or win-x64." >&2; exit 2; }
target=${2:-artifacts/$platform}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Native libraries cannot be loaded from within the file; .NET unpacks them into the user's cache at the first start.
dotnet publish src/Cli -c Release -r "$platform" --self-contained true -p:PublishSingleFile=true -p:IncludeNativeLibrariesForSelfExtract=true \
  -p:EnableCompressionInSingleFile=true -p:DebugType=none -o "$work/out" --artifacts-path "$work/build" -v quiet
mkdir -p "$target"
for file in "$work"/out/negsamples "$work"/out/negsamples.exe; do
  [[ -f $file ]] || continue
  mv "$file" "$target/"
  echo "$target/${file##*/}: $(stat -c %s "$target/${file##*/}" 2>/dev/null || stat -f %z "$target/${file##*/}") bytes"
done
