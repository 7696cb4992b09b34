#!/usr/bin/env python3
"""The maps of this program beside those of a PyTorch script with forward hooks: numbers, seconds, memory.

againstpeer.py BUILD_FOLDER [--metrics local output] [--prompts 2] [--steps 8] [--formats w8a8,w4a8] [--rounds 1]
               [--threads N]
Both compute emoji-ldm from the same latents with as many threads; the script is peer/sensitivity.py. Its time is that of the
map alone, without starting Python and without its calibration; ours is the whole command. Needs python3-torch. Exit code 1
if a target is missed.
"""
import argparse
import json
import pathlib
import random
import statistics
import struct
import sys
import tempfile

from measuring import MIB, ROOT, Run, cores, environment

MODEL = ROOT / "resources" / "models" / "emoji-ldm"
PROMPTS = ("red apple", "cat face", "hamburger", "frog")
GUIDANCE = 4
TARGETS = {"local": {"ratio": 25, "farthest": 0.1}, "output": {"ratio": 10, "median": 0.05}}


def write_latents(path, prompts):
    """Standard normal float32 [prompts, 4, 16, 16] in a safetensors file."""
    generator = random.Random(0)
    count = prompts * 4 * 16 * 16
    header = json.dumps({"latents": {"dtype": "F32", "shape": [prompts, 4, 16, 16], "data_offsets": [0, 4 * count]}})
    header += " " * (-len(header) % 8)
    values = struct.pack(f"<{count}f", *(generator.gauss(0, 1) for _ in range(count)))
    path.write_bytes(struct.pack("<Q", len(header)) + header.encode() + values)


def run_peer(inputs, metric, chosen, out):
    command = ["/usr/bin/python3", ROOT / "tests" / "bench" / "peer" / "sensitivity.py", MODEL,
               MODEL / "training" / "train_emoji_ldm.py", "--prompts", inputs / "prompts.txt", "--latents",
               inputs / "latents.safetensors", "--steps", chosen.steps, "--guidance", GUIDANCE, "--formats",
               chosen.formats, "--metric", metric, "--threads", chosen.threads, "--json", out]
    peak = Run(*command, env=environment(**chosen.waiting)).peak
    return json.loads(out.read_text()), peak


def run_ours(inputs, metric, chosen, out):
    command = [chosen.build / "app" / "noisefloor", "analyze", "emoji-ldm", "--metrics", metric, "--formats",
               chosen.formats, "--prompts", inputs / "prompts.txt", "--latents", inputs / "latents.safetensors",
               "--steps", chosen.steps, "--guidance", GUIDANCE, "--scheduler", "ddim", "--threads", chosen.threads,
               "--no-cache", "--out", out]
    run = Run(*command)
    return json.loads(out.read_text()), run.seconds, run.peak


def differences(peer, ours, metric):
    """Absolute differences in decibels over all cells that both measured."""
    rows = {block["id"]: i for i, block in enumerate(ours["blocks"])}
    maps = {m["format"]: m["db"] for m in ours["maps"] if m["metric"] == metric}
    return [abs(a - b) for m in peer["maps"] for name, row in zip(peer["blocks"], m["db"])
            for a, b in zip(row, maps[m["format"]][rows[name]]) if not isinstance(a, str) and not isinstance(b, str)]


def compared(inputs, metric, chosen):
    """Seconds and peak memory of both, how many times faster ours is, and how far the numbers are apart in decibels."""
    peer, peer_memory = min((run_peer(inputs, metric, chosen, inputs / "peer.json") for _ in range(chosen.rounds)),
                            key=lambda result: result[0]["seconds"])
    ours, seconds, memory = min((run_ours(inputs, metric, chosen, inputs / "ours.analysis.json")
                                 for _ in range(chosen.rounds)), key=lambda result: result[1])
    differ = differences(peer, ours, metric)
    return {"peer": peer["seconds"], "peerMiB": peer_memory / MIB, "ours": seconds, "oursMiB": memory / MIB,
            "ratio": peer["seconds"] / seconds, "median": statistics.median(differ), "farthest": max(differ),
            "cells": len(differ)}


def meets(figures, metric):
    """Whether it is fast enough, takes no more memory, and has the same numbers."""
    targets = TARGETS[metric]
    close = all(figures[name] <= targets[name] for name in ("median", "farthest") if name in targets)
    return figures["ratio"] >= targets["ratio"] and figures["oursMiB"] <= figures["peerMiB"] and close


def prepare(inputs, prompts):
    (inputs / "prompts.txt").write_text("".join(prompt + "\n" for prompt in PROMPTS[:prompts]))
    write_latents(inputs / "latents.safetensors", prompts)


def compare(inputs, metric, chosen):
    figures = compared(inputs, metric, chosen)
    print(f"{metric:8} peer {figures['peer']:8.1f} s {figures['peerMiB']:6.0f} MiB   ours {figures['ours']:7.1f} s "
          f"{figures['oursMiB']:6.0f} MiB   {figures['ratio']:6.1f} x   median {figures['median']:.4f} dB, farthest "
          f"{figures['farthest']:.3f} dB, {figures['cells']} cells", flush=True)
    met = meets(figures, metric)
    print(f"{'':8} targets {TARGETS[metric]}, no more memory: {'ok' if met else 'MISSED'}", flush=True)
    return met


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("build", type=pathlib.Path)
    arguments.add_argument("--metrics", nargs="+", choices=TARGETS, default=list(TARGETS))
    arguments.add_argument("--prompts", type=int, default=2, choices=range(1, len(PROMPTS) + 1))
    arguments.add_argument("--steps", type=int, default=8)
    arguments.add_argument("--formats", default="w8a8,w4a8")
    arguments.add_argument("--rounds", type=int, default=1)
    arguments.add_argument("--threads", type=int, default=cores())
    chosen = arguments.parse_args()
    chosen.waiting = {}
    with tempfile.TemporaryDirectory() as folder:
        inputs = pathlib.Path(folder)
        prepare(inputs, chosen.prompts)
        return 0 if all([compare(inputs, metric, chosen) for metric in chosen.metrics]) else 1


if __name__ == "__main__":
    sys.exit(main())
