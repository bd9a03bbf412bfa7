#!/usr/bin/env python3
"""Times what PyTorch does on this GPU at the shapes and under the names of `NegSamples.Bench --device cuda`, and writes one JSON line per measurement.

    python3 gpu_peers.py --out theirs.jsonl [--quick] [--only TEXT]

A line has name, shape, precision, method, median_ms, q1_ms, q3_ms, rounds, flops, bytes (peak of the allocator, inputs included), or error instead of
times: a case that runs out of memory, or that this version of PyTorch does not have, is a line and not a crash. Needs torch and the standard library.
"""
import argparse
import gc
import json
import statistics
import sys
import traceback

import torch
import torch.nn.functional as F
from torch import nn

ROUNDS = 9
ROUND_MS = 60.0  # A round repeats the work until it takes about this long.
TEMPERATURE = 0.5
DIMENSION = 128
IN_BATCH, NT_XENT = "InBatchNegatives.AllGradients", "NtXent.LossAndGradient"

# Channels, side, outputs, kernel, stride: every distinct convolution of ResNet-18 with the stem for 32 x 32.
LAYERS = [
    (3, 32, 64, 3, 1), (64, 32, 64, 3, 1), (64, 32, 128, 3, 2), (64, 32, 128, 1, 2), (128, 16, 128, 3, 1), (128, 16, 256, 3, 2),
    (128, 16, 256, 1, 2), (256, 8, 256, 3, 1), (256, 8, 512, 3, 2), (256, 8, 512, 1, 2), (512, 4, 512, 3, 1),
]


class Missing(Exception):
    """This version of PyTorch does not have it."""


class Output:
    """The file of JSON lines, flushed after each, so that a crash loses nothing."""

    def __init__(self, path, only):
        self.file = open(path, "w", encoding="utf-8")
        self.only = only

    def write(self, **line):
        self.file.write(json.dumps(line) + "\n")
        self.file.flush()
        print(line, flush=True)

    def case(self, name, shape, precision, method, flops, prepare):
        """Runs one case: prepare() makes its tensors and returns the function to time."""
        keys = dict(name=name, shape=shape, precision=precision, method=method)
        if self.only and self.only not in f"{name} {shape} {precision} {method}":
            return
        work = None
        try:
            release()
            torch.cuda.reset_peak_memory_stats()
            torch.backends.cuda.matmul.allow_tf32 = precision != "fp32"
            torch.backends.cudnn.allow_tf32 = precision != "fp32"
            work = prepare()
            times = measure(work)
            q1, median, q3 = statistics.quantiles(times, n=4, method="inclusive")
            self.write(**keys, median_ms=median, q1_ms=q1, q3_ms=q3, rounds=len(times), flops=flops, bytes=torch.cuda.max_memory_allocated())
        except torch.cuda.OutOfMemoryError:
            self.write(**keys, flops=flops, error="out of memory")
        except Missing as missing:
            self.write(**keys, flops=flops, error=str(missing))
        except Exception as fault:  # Any other fault is this case's own: it is shown, and the next case runs.
            traceback.print_exc()
            text = str(fault).strip()
            self.write(**keys, flops=flops, error=f"{type(fault).__name__}: {text.splitlines()[0] if text else ''}"[:200])
        finally:
            work = None
            release()


def release():
    if hasattr(torch, "_dynamo"):
        torch._dynamo.reset()
    gc.collect()
    torch.cuda.empty_cache()


def measure(work):
    """Milliseconds of one call in each round, by CUDA events around a row of calls."""
    for _ in range(3):
        work()
    torch.cuda.synchronize()
    repeats = max(1, min(1000, int(ROUND_MS / max(once(work, 1), 1e-3))))
    return [once(work, repeats) for _ in range(ROUNDS)]


def once(work, repeats):
    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    start.record()
    for _ in range(repeats):
        work()
    end.record()
    end.synchronize()
    return start.elapsed_time(end) / repeats


def uniform(*shape, dtype=torch.float32):
    return (torch.rand(*shape, device="cuda") * 2 - 1).to(dtype)


# The matrix product of cuBLAS.
def products(output, quick):
    for size in (256,) if quick else (8192, 4096, 2048):
        for precision in ("bf16", "tf32", "fp32"):
            dtype = torch.bfloat16 if precision == "bf16" else torch.float32

            def prepare():
                a, b = uniform(size, size, dtype=dtype), uniform(size, size, dtype=dtype)
                c = torch.empty_like(a)
                return lambda: torch.mm(a, b, out=c)

            output.case("MatMul.Forward", f"Shape {size} x {size} x {size}", precision, "cuBLAS", 2.0 * size ** 3, prepare)


# The convolutions of cuDNN, each pass alone, bf16 and channels last.
def convolutions(output, quick):
    torch.backends.cudnn.benchmark = True
    batch = 8 if quick else 512
    for channels, side, outputs, kernel, stride in LAYERS[:2] if quick else LAYERS:
        padding = kernel // 2
        out = (side + 2 * padding - kernel) // stride + 1
        flops = 2.0 * batch * out * out * outputs * kernel * kernel * channels
        shape = f"Layer {channels}x{side}x{side} -> {outputs}, {kernel}x{kernel}/{stride}"

        def tensors():
            def nhwc(*sizes):
                return uniform(*sizes, dtype=torch.bfloat16).to(memory_format=torch.channels_last)

            return nhwc(batch, channels, side, side), nhwc(outputs, channels, kernel, kernel), nhwc(batch, outputs, out, out)

        def forward():
            x, w, _ = tensors()
            return lambda: F.conv2d(x, w, stride=stride, padding=padding)

        def backward(mask):
            x, w, dy = tensors()
            return lambda: torch.ops.aten.convolution_backward(
                dy, x, w, None, [stride, stride], [padding, padding], [1, 1], False, [0, 0], 1, mask)

        output.case("Conv2d.Forward", shape, "bf16", "cuDNN", flops, forward)
        if channels != 3:
            output.case("Conv2d.BackwardInput", shape, "bf16", "cuDNN", flops, lambda: backward([True, False, False]))
        output.case("Conv2d.BackwardWeight", shape, "bf16", "cuDNN", flops, lambda: backward([False, True, False]))


class Block(nn.Module):
    def __init__(self, channels, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or channels != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(channels, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return F.relu(self.bn2(self.conv2(y)) + identity, inplace=True)


class Encoder(nn.Module):
    """ResNet-18 with a 3 x 3 stem and no max pool, SimCLR's head 512-512-128, unit rows."""

    def __init__(self):
        super().__init__()
        stages, channels = [nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True)], 64
        for outputs, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
            stages += [Block(channels, outputs, stride), Block(outputs, outputs, 1)]
            channels = outputs
        self.encoder = nn.Sequential(*stages)
        self.head = nn.Sequential(nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(inplace=True), nn.Linear(512, DIMENSION, bias=False))

    def forward(self, x):
        return F.normalize(self.head(self.encoder(x).mean((2, 3))).float())


def info_nce(queries, keys, targets):
    """Key i is the positive of query i; all other keys are its negatives."""
    return F.cross_entropy(queries @ keys.T / TEMPERATURE, targets)


def nt_xent(z, targets, own):
    """All rows are queries and keys; a row itself is no key of its own."""
    return F.cross_entropy((z @ z.T / TEMPERATURE).masked_fill(own, float("-inf")), targets)


def nt_xent_targets(rows):
    index = torch.arange(rows, device="cuda")
    return (index + rows // 2) % rows, torch.eye(rows, dtype=torch.bool, device="cuda")


def step_flops(views):
    once, image = 2.0 * views * (512 * 512 + 512 * DIMENSION), 0.0
    for channels, side, outputs, kernel, stride in LAYERS:
        layer = 2.0 * views * (side // stride) ** 2 * outputs * kernel * kernel * channels
        once += layer * (1 if channels != outputs else 4 if channels == 64 else 3)
        image += layer if channels == 3 else 0
    return 3 * once - image


# One step: forward of both views of every image, NT-Xent, backward, SGD with momentum. The views lie on the device; nothing is augmented or logged.
def training_step(output, quick):
    images = 8 if quick else 512
    for method in ("eager", "compiled"):

        def prepare():
            torch.manual_seed(1)
            model = Encoder().cuda().to(memory_format=torch.channels_last).train()
            views = uniform(2 * images, 3, 32, 32).to(memory_format=torch.channels_last)
            targets, own = nt_xent_targets(2 * images)
            optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, weight_decay=1e-4, fused=True)

            def loss_of(x):
                with torch.autocast("cuda", dtype=torch.bfloat16):
                    return nt_xent(model(x), targets, own)

            loss = torch.compile(loss_of) if method == "compiled" else loss_of

            def work():
                optimizer.zero_grad(set_to_none=True)
                loss(views).backward()
                optimizer.step()

            return work

        output.case("ResNet18Step.SimClrStep", f"Batch {2 * images}", "bf16", method, step_flops(2 * images), prepare)


# A loss forward and backward to its rows. bf16 is autocast: the products in bf16, the softmax in float32.
def losses(output, quick):
    cases = [(IN_BATCH, 64, 512), (NT_XENT, 128, 128)] if quick else [(IN_BATCH, 1024, 65536), (NT_XENT, 8192, 8192), (IN_BATCH, 65536, 65536)]
    for name, rows, columns in cases:
        shape = f"Rows {rows}" if name == NT_XENT else f"Shape {rows} x {columns}"
        flops = (2 if name == NT_XENT else 4) * 2.0 * rows * columns * DIMENSION
        for precision in ("bf16", "tf32", "fp32"):
            for method in ("eager", "compiled", "linear_cross_entropy"):
                if name == NT_XENT and method == "linear_cross_entropy":
                    continue  # It has no way to leave a row out of its own keys.

                def prepare():
                    return loss_work(name, rows, columns, precision, method)

                output.case(name, shape, precision, method, flops, prepare)


def loss_work(name, rows, columns, precision, method):
    def unit(count):
        return F.normalize(uniform(count, DIMENSION)).requires_grad_()

    queries = unit(rows)
    if name == NT_XENT:
        targets, own = nt_xent_targets(rows)
        leaves, arguments, function = [queries], (queries, targets, own), nt_xent
    else:
        keys, targets = unit(columns), torch.arange(rows, device="cuda")
        leaves, arguments, function = [queries, keys], (queries, keys, targets), info_nce
    if method == "linear_cross_entropy":
        fused = getattr(F, "linear_cross_entropy", None)
        if fused is None:
            raise Missing(f"torch {torch.__version__} has no linear_cross_entropy")

        def function(q, k, t):
            return fused(q / TEMPERATURE, k, t)

    def in_precision(*values):
        with torch.autocast("cuda", dtype=torch.bfloat16, enabled=precision == "bf16"):
            return function(*values)

    loss = torch.compile(in_precision) if method == "compiled" else in_precision

    def work():
        for leaf in leaves:
            leaf.grad = None
        loss(*arguments).backward()

    return work


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, help="the file of JSON lines to write")
    parser.add_argument("--quick", action="store_true", help="tiny shapes: does everything run?")
    parser.add_argument("--only", help="only cases whose name, shape, precision or method has this text")
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        print("PyTorch sees no CUDA GPU; nothing is measured.", file=sys.stderr)
        return 1
    output = Output(arguments.out, arguments.only)
    output.write(name="machine", shape=torch.cuda.get_device_name(), precision="",
                 method=f"torch {torch.__version__}, CUDA {torch.version.cuda}, cuDNN {torch.backends.cudnn.version()}")
    for part in (products, convolutions, training_step, losses):
        try:
            part(output, arguments.quick)
        except Exception:  # A fault outside of a case: the other parts still run.
            traceback.print_exc()
    return 0


if __name__ == "__main__":
    sys.exit(main())
