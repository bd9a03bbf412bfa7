#!/usr/bin/env bash
# Measures this machine's GPU: negsamples doctor, our kernels, PyTorch's if python3 has it, and one table of both in results/<gpu>.md.
# Works in the source tree and beside the published executables, where no .NET is needed. --full makes ours steadier; other
# arguments go to PyTorch's: --quick, --only MatMul. Ours alone: NegSamples.Bench --device cuda --filter '*MatMul*'.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
first() { local path; for path in "$@"; do [[ -e $path ]] && { echo "$path"; return; }; done; echo "None of these is here: $*" >&2; return 1; }
if [[ -f $here/NegSamples.Bench.csproj ]]; then
  dotnet build -c Release "$here" -v q && dotnet build -c Release "$here/../src/Cli" -v q
fi
bench=$(first "$here/NegSamples.Bench" "$here/bench/NegSamples.Bench" "$here/bin/Release/net10.0/NegSamples.Bench")
negsamples=$(first "$here/negsamples" "$here/../negsamples" "$here/../src/Cli/bin/Release/net10.0/negsamples")
peers=$(first "$here/gpu_peers.py" "$here/peers/gpu_peers.py" "$here/bench/gpu_peers.py")
results=$here/results
mkdir -p "$results"
commit=$(git -C "$here" rev-parse --short HEAD 2>/dev/null || echo unknown)

# What the doctor finds is shown, and the rest measured all the same.
"$negsamples" doctor || echo "negsamples doctor found something wrong (exit $?)." >&2
# What PyTorch is measured at too, bfloat16 alone of the convolutions; each by itself, so that what ends early takes no other's numbers along.
full=(); [[ ${1:-} == --full ]] && { full=(--full); shift; }
rm -f "$results"/{ours,theirs}.jsonl
measure() { # KERNELS FILTER...
  local kernels=$1 filter status
  shift
  for filter; do
    status=0
    "$bench" --device cuda --kernels "$kernels" "${full[@]}" --json "$results/part.jsonl" --filter "$filter" || status=$?
    if [[ -f $results/part.jsonl ]]; then cat "$results/part.jsonl" >> "$results/ours.jsonl"; rm "$results/part.jsonl"; fi
    if ((status == 4)) && [[ $kernels != mma ]]; then return; fi # This GPU has none of them.
    if ((status)); then echo "Not all of $filter ran (--kernels $kernels, exit $status)." >&2; fi
  done
}
bf16=('*InBatchNegativesBench*' '*NtXentBench.LossAndGradient*Rows: 8192*' '*ResNet18StepBench.SimClrStep*BFloat16*' '*Conv2dBench*BFloat16*')
measure mma '*MatMulBench*' "${bf16[@]}"
measure wgmma '*MatMulBench*' "${bf16[@]}"
measure tma '*MatMulBench*' '*ResNet18StepBench.SimClrStep*BFloat16*' '*Conv2dBench*BFloat16*' # Losses have the kernels of wgmma.
measured=("$results/ours.jsonl")
if python3 -c 'import torch' 2>/dev/null; then
  if python3 "$peers" --out "$results/theirs.jsonl" "$@"; then measured+=("$results/theirs.jsonl"); fi
else
  echo "python3 has no torch: no peers." >&2
fi
driver=$(nvidia-smi --query-gpu=driver_version,clocks.max.sm,power.limit --format=csv,noheader 2>/dev/null | head -1 || true)
"$bench" --join "${measured[@]}" --table "$results" \
  --note "Driver, highest clock, power limit: ${driver:-unknown}. Commit $commit. \`bench/gpu.sh $*\`: \`NegSamples.Bench --device cuda\`, \`gpu_peers.py\`."
