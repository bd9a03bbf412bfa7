#!/usr/bin/env bash
# Runs all benchmarks and the comparison with libtorch, and rewrites bench/results/<machine>.md between its markers.
# "kernels" or "peers" as the first argument runs that half alone; other arguments go to the benchmarks, --full, --explicit, --filter '*MatMul*', or to
# the peers where these run alone, --rounds 7, --only matmul. PEERS_ROOT may name a command that runs another in a
# root file system where libtorch loads. libtorch gets a malloc that keeps its pages: without, it is up to 4 times slower. Its threads sleep while they wait,
# or they would take time from whoever comes next.
set -euo pipefail
cd "$(dirname "$0")/.."
half=both; [[ ${1:-} == kernels || ${1:-} == peers ]] && { half=$1; shift; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
of_processor() { sed -n "s/^$1[^:]*: //p" /proc/cpuinfo | head -1; }
model=$(of_processor 'model name')

# A virtual machine often tells of its processor no more than "AMD EPYC", whatever generation it is of.
if [[ $(of_processor vendor_id) == AuthenticAMD ]]; then
  case $(of_processor 'cpu family')-$(printf %02x "$(of_processor 'model	')") in
    25-1? | 25-[67]? | 25-a?) model+=' (Zen 4)' ;;
    25-*) model+=' (Zen 3)' ;;
    26-*) model+=' (Zen 5)' ;;
  esac
fi
file=bench/results/$(echo "$model-$(nproc)-cores" | tr '[:upper:] ' '[:lower:]-' | tr -cd 'a-z0-9-').md
commit=$(git rev-parse --short HEAD)$(git diff --quiet HEAD -- src bench/*.cs bench/Devices bench/Comparison bench/peers || echo ' with local changes')
keep="MALLOC_MMAP_THRESHOLD_=8589934592 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=268435456 OMP_WAIT_POLICY=passive"
[[ -f $file ]] || printf '# %s, %s cores\n\n<!-- kernels begin -->\n<!-- kernels end -->\n\n<!-- peers begin -->\n<!-- peers end -->\n' "$model" "$(nproc)" > "$file"

section() { # name title command: replaces the lines between the section's markers
  { printf '## %s\n\n%s, commit %s, load %s before the run, `%s`.\n\n' "$2" "$(date -u +%F)" "$commit" "$load" "$3"; cat "$work/$1.md"; } > "$work/$1.section"
  awk -v name="$1" -v body="$work/$1.section" '$0 == "<!-- " name " end -->" { skip = 0 } !skip { print }
    $0 == "<!-- " name " begin -->" { skip = 1; while ((getline line < body) > 0) print line }' "$file" > "$work/$1.new" && mv "$work/$1.new" "$file"
}
if [[ $half != peers ]]; then
  load=$(cut -d' ' -f1 /proc/loadavg)
  dotnet build -c Release bench -v q && bench/bin/Release/net10.0/NegSamples.Bench "$@" --table "$work/kernels.md"
  section kernels 'Kernels against the roofs' "bench/run.sh $*"
fi
if [[ $half != kernels ]]; then
  rounds=(); [[ $half == peers ]] && rounds=("$@")
  load=$(cut -d' ' -f1 /proc/loadavg)
  dotnet build -c Release bench/peers -v q && mkdir -p bench/results
  ${PEERS_ROOT:-} env $keep dotnet bench/peers/bin/Release/net10.0/*/NegSamples.Peers.dll "${rounds[@]}" --table bench/results/peers.tmp && mv bench/results/peers.tmp "$work/peers.md"
  section peers 'Beside libtorch 2.10 (TorchSharp 0.107.0), in alternation' "bench/run.sh peers ${rounds[*]}"
fi
