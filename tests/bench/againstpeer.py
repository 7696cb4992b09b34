#!/usr/bin/env python3
"""The maps of this program beside those of a PyTorch script with forward hooks: numbers, seconds, memory.

againstpeer.py BUILD_FOLDER [--metrics local output] [--prompts 2] [--steps 8] [--formats w8a8,w4a8] [--rounds 1]
Both compute emoji-ldm from the same latents with two threads; the script is peer/sensitivity.py. Its time is that of the
map alone, without starting Python and without its calibration; ours is the whole command. Needs python3-torch. Exit code 1
if a target is missed.
"""
import argparse
import json
import os
import pathlib
import random
import statistics
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
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


def timed(command):
    """Seconds and peak memory in MiB of a command that must succeed."""
    start = time.monotonic()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env={**os.environ, "NOISEFLOOR_RESOURCES": str(ROOT / "resources")})
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command} ended with exit code {process.returncode}")
    return time.monotonic() - start, usage.ru_maxrss / 1024


def run_peer(inputs, metric, chosen, out):
    command = ["/usr/bin/python3", ROOT / "tests" / "bench" / "peer" / "sensitivity.py", MODEL,
               MODEL / "training" / "train_emoji_ldm.py", "--prompts", inputs / "prompts.txt", "--latents",
               inputs / "latents.safetensors", "--steps", chosen.steps, "--guidance", GUIDANCE, "--formats",
               chosen.formats, "--metric", metric, "--threads", 2, "--json", out]
    _, memory = timed(command)
    return json.loads(out.read_text()), memory


def run_ours(inputs, metric, chosen, out):
    command = [chosen.build / "app" / "noisefloor", "analyze", "emoji-ldm", "--metrics", metric, "--formats",
               chosen.formats, "--prompts", inputs / "prompts.txt", "--latents", inputs / "latents.safetensors",
               "--steps", chosen.steps, "--guidance", GUIDANCE, "--scheduler", "ddim", "--threads", 2, "--no-cache",
               "--out", out]
    seconds, memory = timed(command)
    return json.loads(out.read_text()), seconds, memory


def differences(peer, ours, metric):
    """Absolute differences in decibels over all cells that both measured."""
    rows = {block["id"]: i for i, block in enumerate(ours["blocks"])}
    maps = {m["format"]: m["db"] for m in ours["maps"] if m["metric"] == metric}
    return [abs(a - b) for m in peer["maps"] for name, row in zip(peer["blocks"], m["db"])
            for a, b in zip(row, maps[m["format"]][rows[name]]) if not isinstance(a, str) and not isinstance(b, str)]


def compare(inputs, metric, chosen):
    peer, peer_memory = min((run_peer(inputs, metric, chosen, inputs / "peer.json") for _ in range(chosen.rounds)),
                            key=lambda result: result[0]["seconds"])
    ours, seconds, memory = min((run_ours(inputs, metric, chosen, inputs / "ours.analysis.json")
                                 for _ in range(chosen.rounds)), key=lambda result: result[1])
    differ = differences(peer, ours, metric)
    figures = {"ratio": peer["seconds"] / seconds, "median": statistics.median(differ), "farthest": max(differ)}
    print(f"{metric:8} peer {peer['seconds']:8.1f} s {peer_memory:6.0f} MiB   ours {seconds:7.1f} s {memory:6.0f} MiB   "
          f"{figures['ratio']:6.1f} x   median {figures['median']:.4f} dB, farthest {figures['farthest']:.3f} dB, "
          f"{len(differ)} cells", flush=True)
    met = memory <= peer_memory
    for name, limit in TARGETS[metric].items():
        met &= figures[name] >= limit if name == "ratio" else figures[name] <= limit
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
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        inputs = pathlib.Path(folder)
        (inputs / "prompts.txt").write_text("".join(prompt + "\n" for prompt in PROMPTS[:chosen.prompts]))
        write_latents(inputs / "latents.safetensors", chosen.prompts)
        return 0 if all([compare(inputs, metric, chosen) for metric in chosen.metrics]) else 1


if __name__ == "__main__":
    sys.exit(main())
