#!/usr/bin/env python3
"""Measures the program itself on random-weight models of true size and prints what docs/performance.md quotes.

realsize.py BUILD_FOLDER MODEL_FOLDER [--models sd15-f16 ...] [--rounds 3]
Models that are not in MODEL_FOLDER are generated there first (SD 1.5: 2.1 GB in f16, 4.3 GB in f32; SDXL: 6.9 GB).
Peak memory is the resident set's, mapped weights included. Exit code 1 if a target is missed.
"""
import argparse
import contextlib
import json
import math
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time

GIB = 1 << 30
MODELS = ("sd15-f16", "sd15-f32", "sdxl-f16")
PROMPT = "a lighthouse on a cliff at dusk"


class Program:
    """Runs the built program; every call returns its output, the seconds it took and its peak memory in bytes."""

    def __init__(self, build):
        self.path = build / "app" / "noisefloor"

    def run(self, *arguments):
        with tempfile.TemporaryFile("w+") as output:
            start = time.monotonic()
            process = subprocess.Popen([self.path, *map(str, arguments)], stdout=output, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            if process.returncode != 0:
                raise SystemExit(f"noisefloor {arguments} ended with exit code {process.returncode}")
            return output.read(), seconds, usage.ru_maxrss * 1024


def made(build, folder, name):
    model = folder / name
    if not (model / "model_index.json").exists():
        shape, dtype = name.split("-")
        subprocess.run([build / "tests" / "bench" / "noisefloor_makemodel", "--shape", shape, "--dtype", dtype, model],
                       check=True)
    return model


def opening(program, model, rounds):
    runs = [program.run("inspect", model, "--json") for _ in range(rounds + 1)]  # the first one warms up
    _, seconds, peak = min(runs[1:], key=lambda run: run[1])
    return json.loads(runs[0][0]), seconds, peak


def step(program, model, rounds, scratch):
    """Seconds of one more UNet run with guidance at 512x512, and the peak of a whole picture."""
    def picture(steps):
        return program.run("generate", model, "--prompt", PROMPT, "--size", "512x512", "--scheduler", "ddim",
                           "--steps", steps, "--out", scratch / "picture.png")[1:]
    few, many = (min(picture(steps) for _ in range(rounds)) for steps in (1, 3))
    return (many[0] - few[0]) / 2, few[0], max(few[1], many[1])


def local_map(program, model, scratch):
    prompts = scratch / "prompts.txt"
    prompts.write_text(PROMPT + "\n")
    return program.run("analyze", model, "--no-cache", "--metrics", "local", "--formats", "w8a8", "--steps", 2, "--scheduler", "ddim",
                       "--prompts", prompts, "--out", scratch / "map.analysis.json")[1:]


def largest_tensor(model):
    """Bytes of the largest tensor of a diffusers folder, as float32."""
    largest = 0
    for file in model.glob("*/*.safetensors"):
        with open(file, "rb") as weights:
            header = json.loads(weights.read(struct.unpack("<Q", weights.read(8))[0]))
        for name, entry in header.items():
            if name != "__metadata__":
                largest = max(largest, 4 * math.prod(entry["shape"]))
    return largest


def disk_rate(scratch, size):
    """Bytes a second of plain sequential writing, to the disk and not only to its cache."""
    block = os.urandom(1 << 24)
    start = time.monotonic()
    with open(scratch / "plain", "wb") as plain:
        for _ in range(max(1, size // len(block))):
            plain.write(block)
        plain.flush()
        os.fsync(plain.fileno())
        written = plain.tell()
    seconds = time.monotonic() - start
    os.remove(scratch / "plain")
    return written / seconds


class Growth(threading.Thread):
    """Watches the file that an export is writing aside, and tells how fast it grew."""

    def __init__(self, target):
        super().__init__()
        self.pattern = f".{target.name}.partial-*/**/{target.name}"
        self.folder, self.seen, self.done = target.parent, [], threading.Event()

    def run(self):
        while not self.done.wait(0.002):
            for file in self.folder.glob(self.pattern):
                with contextlib.suppress(FileNotFoundError):  # it has just got its name
                    self.seen.append((time.monotonic(), file.stat().st_size))

    def rate(self):
        """Bytes a second, or nothing if the file was whole before it was seen to grow."""
        self.done.set()
        self.join()
        begin, end = self.seen[0], next(seen for seen in self.seen if seen[1] == self.seen[-1][1])
        return (end[1] - begin[1]) / (end[0] - begin[0]) if end[0] > begin[0] else None


def uniform(scratch, weights, activations):
    """A recipe of one format, calibrated with one prompt's first step where there is something to calibrate."""
    recipe, prompts = scratch / "uniform.recipe.json", scratch / "prompts.txt"
    prompts.write_text(PROMPT + "\n")
    recipe.write_text(json.dumps({"noisefloor_recipe": 1, "name": weights,
                                  "default": {"weights": weights, "activations": activations},
                                  "calibration": {"prompts": str(prompts), "steps": "first"}}))
    return recipe


def exporting(program, model, scratch, weights):
    """Size of a GGUF file under one weight format, bytes a second while it was written, seconds and peak memory of all,
    verifying included."""
    recipe, target = uniform(scratch, weights, "fp32"), scratch / "out.gguf"
    growth = Growth(target)
    growth.start()
    _, seconds, peak = program.run("export", model, "--recipe", recipe, "--format", "gguf", "--out", target)
    size = target.stat().st_size
    os.remove(target)
    return size, growth.rate(), seconds, peak


def exporting_graphs(program, model, scratch, activations):
    """Seconds and peak memory of an ONNX folder of int8 weights, written and verified."""
    recipe, target = uniform(scratch, "int8", activations), scratch / "out.onnx"
    _, seconds, peak = program.run("export", model, "--recipe", recipe, "--format", "onnx", "--scheduler", "ddim",
                                   "--steps", 1, "--out", target)
    shutil.rmtree(target)
    return seconds, peak


def estimates(facts):
    memory = facts["memory"]
    return {task: memory[task]["bytes"] for task in ("picture", "analysis") if task in memory}


class Report:
    def __init__(self):
        self.missed = False

    def line(self, model, what, value, unit, target=None):
        verdict = ""
        if target is not None:
            verdict = f"target {target:.2f} " + ("ok" if value <= target else "MISSED")
            self.missed |= value > target
        print(f"{model:10} {what:48} {value:9.2f} {unit:4} {verdict}", flush=True)


def measure(program, model, chosen, report):
    name = model.name
    facts, seconds, peak = opening(program, model, chosen.rounds)
    expected = estimates(facts)
    report.line(name, "opening (inspect, warm)", seconds, "s", 1.0 if name.startswith("sd15") else None)
    report.line(name, "opening: peak memory", peak / GIB, "GiB")
    with tempfile.TemporaryDirectory() as temporary:
        scratch = pathlib.Path(temporary)
        one, whole, peak = step(program, model, chosen.rounds, scratch)
        report.line(name, "one UNet run with guidance, 512x512", one, "s")
        report.line(name, "picture of one step, 512x512", whole, "s")
        report.line(name, "picture: peak memory", peak / GIB, "GiB", 12 if name.startswith("sdxl") else None)
        for weights in ("q8_0", "q4_k"):
            size, rate, seconds, peak = exporting(program, model, scratch, weights)
            above = (peak - largest_tensor(model)) / GIB
            report.line(name, f"GGUF, {weights}: peak above largest tensor", above, "GiB", 1.0)
            if rate is not None:
                report.line(name, f"GGUF, {weights}: writing", rate / 1e6, "MB/s")
            report.line(name, f"GGUF, {weights}: written and verified", seconds, "s")
        report.line(name, "plain writing of as much", disk_rate(scratch, size) / 1e6, "MB/s")
        if facts["width"] == 512:
            for activations in ("fp32", "int8"):
                seconds, peak = exporting_graphs(program, model, scratch, activations)
                above = (peak - largest_tensor(model)) / GIB
                report.line(name, f"ONNX, int8 and {activations}: peak above largest tensor", above, "GiB", 1.0)
                report.line(name, f"ONNX, int8 and {activations}: written and verified", seconds, "s")
            report.line(name, "picture: estimated memory", expected["picture"] / GIB, "GiB")
            seconds, peak = local_map(program, model, scratch)
            half = sum(part["parameters"] for part in facts["parts"]) * 2
            report.line(name, "local map of w8a8, 2 steps, 512x512", seconds, "s")
            report.line(name, "local map: peak memory", peak / GIB, "GiB",
                        (half + 2 * GIB) / GIB if name.endswith("f16") else None)
            report.line(name, "local map: estimated memory", expected["analysis"] / GIB, "GiB")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("build", type=pathlib.Path)
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
    arguments.add_argument("--rounds", type=int, default=3)
    chosen = arguments.parse_args()
    report = Report()
    for name in chosen.models:
        measure(Program(chosen.build), made(chosen.build, chosen.folder, name), chosen, report)
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main())
