#!/usr/bin/env python3
"""Measures everything side by side in one run and prints the tables of docs/performance.md.

suite.py BUILD_FOLDER [MODEL_FOLDER] [--quick] [--rounds 2] [--only machine unet maps kernels studio growth]
MODEL_FOLDER holds a random-weight model of the shape of SD 1.5 and its exported graphs; what is missing there is made first
(2.1 GB, and 5 GB of graphs), which is not part of the 25 minutes that the rest takes on two idle cores. Without it only
emoji-ldm is measured. PyTorch is python3-torch of /usr/bin/python3; ONNX Runtime comes from packaging/clients; what is not there
is left out, and the table says so. Contenders take turns, each in a process of its own, and the least time counts.
--quick takes few steps and smaller latents and leaves out whole pictures and maps: it shows that the rest works, and its numbers
mean little. Exit code 1 if a target is missed.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
from types import SimpleNamespace

import againstpeer
import growth
from measuring import GIB, ROOT, WAITING, Inputs, OnnxRuntime, Run, cores, decibels, deviation, environment, interleaved, machine

EMOJI = ROOT / "resources" / "models" / "emoji-ldm"
SD = "sd15-f16"
SECTIONS = ("unet", "maps", "kernels", "studio", "growth")
PYTHON = "/usr/bin/python3"
SAME = 1e-3  # outputs of full precision, relative to the largest value
EDITS = ("toggle", "predictLarge", "knapsack")
MAPS = ("firstRow", "generate", "localMap")
EXACT_INT8 = 127  # largest code of int8 weights


class Table:
    """Rows of measurements, printed as they come and as markdown in the end."""

    def __init__(self):
        self.rows, self.missed = [], False

    def add(self, what, measured, target="", met=None):
        verdict = "" if met is None else "met" if met else "**missed**"
        self.missed |= met is False
        self.rows.append((what, measured, target, verdict))
        print("  ".join(self.rows[-1]), file=sys.stderr, flush=True)

    def at_least(self, what, told, value, limit, unit="x"):
        self.add(what, told, f"at least {limit:.4g} {unit}", value >= limit)

    def at_most(self, what, told, value, limit, unit="x"):
        self.add(what, told, f"at most {limit:.4g} {unit}", value <= limit)

    def markdown(self):
        return "\n".join(["| what | measured | target | |", "|---|---|---|---|", *(f"| {' | '.join(r)} |" for r in self.rows)])


class Suite:
    def __init__(self, chosen, scratch):
        self.build, self.models, self.quick, self.rounds = chosen.build, chosen.models, chosen.quick, chosen.rounds
        self.scratch, self.table, self.threads = scratch, Table(), cores()
        self.waiting = WAITING if self.quick else {}  # PyTorch's threads spin, which on a busy machine takes forever
        self.peak = Run(self.bench("machinepeak")).json()
        probe = Run(self.bench("unetbench"), EMOJI, Inputs(scratch / "probe", EMOJI, 16).folder, "--runs", 1).json()
        self.has_torch = subprocess.run([PYTHON, "-c", "import torch"], capture_output=True).returncode == 0
        self.libraries, self.has_int8 = probe["libraries"], probe["largestExactCode"] >= EXACT_INT8

    def bench(self, name):
        return self.build / "tests" / "bench" / f"noisefloor_{name}"

    def program(self, *arguments):
        return Run(self.build / "app" / "noisefloor", *arguments)

    def sd(self):
        """The model of true size, made where it is missing; None without a folder."""
        if not self.models:
            return None
        model = self.models / SD
        if not (model / "model_index.json").exists():
            Run(self.bench("makemodel"), "--shape", "sd15", "--dtype", "f16", model)
        return model

    def recipe(self, bits):
        file = self.scratch / f"w{bits}a8.recipe.json"
        (self.scratch / "prompts.txt").write_text("a lighthouse on a cliff at dusk\n")
        file.write_text(json.dumps({
            "noisefloor_recipe": 1, "name": f"w{bits}a8", "default": {"weights": f"int{bits}", "activations": "int8"},
            "calibration": {"prompts": str(self.scratch / "prompts.txt"), "steps": "first", "range": "minmax"}}))
        return file

    def graph(self, name, model, latent, recipe):
        """Our export for ONNX Runtime, made once where models are kept."""
        kind = "fp32" if recipe == "fp32" else recipe.name.split(".")[0]
        folder = (self.models or self.scratch) / f"{name}.{kind}.{latent}.onnx"
        if not folder.exists():
            size = 8 * latent if model != EMOJI else 4 * latent
            self.program("export", model, "--recipe", recipe, "--format", "onnx", "--size", f"{size}x{size}", "--out", folder)
        return folder / "unet" / "model.onnx"


class Step:
    """One run of a UNet with guidance, by everybody."""

    def __init__(self, suite, name, model, latent, runs):
        self.suite, self.name, self.model, self.latent, self.runs = suite, name, model, latent, runs
        self.inputs = Inputs(suite.scratch / f"inputs-{name}", model, latent)
        self.out = {}

    def common(self, contender):
        self.out[contender] = self.inputs.folder / f"{contender}.raw"
        return ("--threads", self.suite.threads, "--runs", self.runs, "--out", self.out[contender])

    def ours(self, contender, *options):
        run = Run(self.suite.bench("unetbench"), self.model, self.inputs.folder, *self.common(contender), *options).json()
        return {**run, "least": min(run["seconds"])}

    def torch(self):
        peer = ROOT / "tests" / "bench" / "peer" / "unetstep.py"
        run = Run(PYTHON, peer, self.model, self.inputs.folder, *self.common("torch"), env=environment(**self.suite.waiting)).json()
        return {**run, "least": min(run["seconds"])}

    def onnx(self, contender, graph):
        with OnnxRuntime(self.suite.build) as runtime, tempfile.TemporaryDirectory() as folder:
            runtime.open(graph, self.suite.threads)
            seconds = []
            for _ in range(self.runs):
                took, file = runtime.run(self.inputs.feeds(), folder)
                seconds.append(took)
            self.common(contender)
            pathlib.Path(file).replace(self.out[contender])
        return {"least": min(seconds)}

    def contenders(self):
        suite, found = self.suite, {"ours": lambda: self.ours("ours")}
        recipe = suite.recipe(8 if suite.has_int8 else 4)
        found["integers"] = lambda: self.ours("integers", "--recipe", recipe)
        if suite.has_torch:
            found["torch"] = self.torch
        if OnnxRuntime.modules(suite.build) and not (suite.quick and self.model != EMOJI):
            graph = suite.graph(self.name, self.model, self.latent, "fp32")
            found["onnx"] = lambda: self.onnx("onnx", graph)
            if suite.has_int8:
                rounded = suite.graph(self.name, self.model, self.latent, recipe)
                found["onnx8"] = lambda: self.onnx("onnx8", rounded)
        return found

    def measure(self):
        best = interleaved(self.contenders(), self.suite.rounds, lambda result: result["least"])
        self.report_speed(best["ours"])
        self.report_floats(best)
        self.report_integers(best)

    def what(self, kind):
        return f"{self.name}, latents {self.latent}x{self.latent}: {kind} UNet step"

    def report_speed(self, ours):
        speed, peak = ours["gflop"] / ours["least"], self.suite.peak["fmaGflops"]
        self.suite.table.add(self.what("fp32"), f"{seconds(ours['least'])}, {ours['gflop']:.1f} GFLOP")
        if not peak:
            return
        share = 100 * speed / peak["all"]
        row = f"{self.what('fp32')}, share of FMA peak", f"{share:.0f} % ({speed:.0f} of {peak['all']:.0f} GFLOP/s)"
        if self.model == EMOJI:
            self.suite.table.add(*row)
        else:
            self.suite.table.at_least(*row, share, 65, "%")

    def report_floats(self, best):
        ours = best["ours"]["least"]
        for other, name, limit in (("torch", "PyTorch", 1.3), ("onnx", "ONNX Runtime", 0)):
            what = f"{self.what('fp32')} against {name}"
            if other not in best:
                self.suite.table.add(what, "not measured")
                continue
            ratio, apart = best[other]["least"] / ours, deviation(self.out["ours"], self.out[other])
            told = f"{ratio:.2f} x ({seconds(best[other]['least'])}, outputs differ by {apart:.1e})"
            target = f"at least {limit} x, outputs within {SAME:g}" if limit else f"outputs within {SAME:g}"
            self.suite.table.add(what, told, target, ratio >= limit and apart <= SAME)

    def report_integers(self, best):
        table, ours, integers = self.suite.table, best["ours"]["least"], best["integers"]["least"]
        what = self.what("int8" if self.suite.has_int8 else "w4a8 (this processor lacks what int8 needs)")
        told = f"{ours / integers:.2f} x ({seconds(integers)}, {decibels(self.out['integers'], self.out['ours']):.1f} dB)"
        if self.suite.has_int8 and self.model != EMOJI:
            table.at_least(f"{what} against our fp32", told, ours / integers, 2.5)
        else:
            table.add(f"{what} against our fp32", told)
        if "onnx8" in best:
            other = best["onnx8"]["least"]
            told = f"{other / integers:.2f} x ({seconds(other)}, {decibels(self.out['onnx8'], self.out['ours']):.1f} dB)"
            table.at_least(f"{what} against ONNX Runtime int8", told, other / integers, 1.15)


def seconds(value):
    return f"{value:.2f} s" if value >= 1 else f"{1000 * value:.1f} ms"


def unet(suite):
    Step(suite, "emoji-ldm", EMOJI, 16, 2 if suite.quick else 30).measure()
    if suite.sd():
        Step(suite, "SD-1.5-shape", suite.sd(), 32 if suite.quick else 64, 1 if suite.quick else 2).measure()


def google(suite, names, threads=None):
    """The fastest result of each benchmark of noisefloor_bench."""
    def one(name):
        least = ["--benchmark_min_time=0.01"] if suite.quick else []
        return lambda: Run(suite.bench("bench"), f"--benchmark_filter=^{name}(/|$)", "--benchmark_format=json", *least,
                           "--threads", threads or suite.threads).json()["benchmarks"][0]
    return interleaved({name: one(name) for name in names}, 1 if suite.quick else suite.rounds, lambda r: r["real_time"])


def maps(suite):
    if suite.has_torch:
        against_peer(suite)
    if suite.quick:
        return
    found = google(suite, ("generate", "layerMap"))
    picture, layers = found["generate"]["real_time"], found["layerMap"]["real_time"]
    suite.table.at_most("`local` map, all layers x 20 steps x 3 formats with its noise floor, against one picture",
                        f"{layers / picture:.2f} x ({layers:.0f} ms, {picture:.0f} ms)", layers / picture, 1.2)
    if suite.sd():
        memory(suite, suite.sd())


def against_peer(suite):
    small = {"prompts": 1, "steps": 1} if suite.quick else {"prompts": 2, "steps": 8}
    chosen = SimpleNamespace(build=suite.build, formats="w8a8", rounds=1, threads=suite.threads,
                             waiting=suite.waiting, **small)
    inputs = suite.scratch / "peer"
    inputs.mkdir()
    againstpeer.prepare(inputs, chosen.prompts)
    for metric in ("output",) if suite.quick else againstpeer.TARGETS:
        targets = againstpeer.TARGETS[metric]
        found = againstpeer.compared(inputs, metric, chosen)
        suite.table.add(f"`{metric}` map of w8a8 against hooks in PyTorch, {chosen.prompts} x {chosen.steps} prompts x steps",
                        f"{found['ratio']:.1f} x ({found['peer']:.1f} s, {found['ours']:.1f} s; {found['peerMiB']:.0f} MiB, "
                        f"{found['oursMiB']:.0f} MiB; median {found['median']:.3f} dB apart)",
                        f"at least {targets['ratio']}, numbers equal, no more memory", againstpeer.meets(found, metric))


def memory(suite, model):
    run = suite.program("analyze", model, "--no-cache", "--metrics", "local", "--formats", "w8a8", "--level", "layer",
                        "--steps", 1, "--scheduler", "ddim", "--prompt", "a lighthouse", "--threads", suite.threads,
                        "--out", suite.scratch / "memory.analysis.json")
    weights = sum(file.stat().st_size for file in model.glob("*/*.safetensors"))
    suite.table.at_most("peak memory of a `local` map by layers, SD 1.5 shape, 512x512, against weights + 1 GiB",
                        f"{run.peak / GIB:.2f} GiB in {run.seconds:.0f} s", run.peak / GIB, (weights + GIB) / GIB, "GiB")


def kernels(suite):
    copy = suite.peak["copyGBs"]
    for name, threads in {"one": 1, "all": suite.threads}.items():
        found = google(suite, ("fusedErrors", "separateErrors"), threads)
        fused, apart = (found[n]["bytes_per_second"] / 1e9 for n in ("fusedErrors", "separateErrors"))
        share = 100 * fused / copy[name]
        suite.table.at_least(f"weights rounded and compared in one pass, {name} thread{'s' * (name == 'all')}: bytes read "
                             "against those that a copy reads and writes",
                             f"{share:.0f} % ({fused:.1f} of {copy[name]:.1f} GB/s; in separate passes {apart:.1f})",
                             share, 70, "%")


def studio(suite):
    found = google(suite, EDITS if suite.quick else EDITS + MAPS)
    edits = [("toggle: recipe, plan, prediction and cost", "toggle", 16),
             ("prediction from nothing: 800 layers x 50 steps x 5 formats", "predictLarge", 16),
             (f"search: 800 layers x 5 formats for one budget, at most {found['knapsack']['gapPercent']:.2g} % from the best",
              "knapsack", 1000),
             ("first row of the heatmap after opening the model", "firstRow", 2000)]
    for what, name, limit in edits:
        if name in found:
            suite.table.at_most(what, f"{found[name]['real_time']:.2f} ms", found[name]["real_time"], limit, "ms")
    if suite.quick:
        return
    picture, local = found["generate"], found["localMap"]
    for what, value in (("`local` map, all blocks x 20 steps x 2 formats, against one picture",
                         local["withoutFloorMs"] / picture["real_time"]),
                        ("peak memory of that map against one picture", local["peakMiB"] / picture["peakMiB"])):
        suite.table.at_most(what, f"{value:.2f} x", value, 1.5)


def print_machine(suite):
    peak = suite.peak
    rows = machine(suite.libraries)
    for name, key, unit in (("float32 multiply-adds", "fmaGflops", "GFLOP/s"), ("8-bit dot products", "int8Gops", "Gop/s"),
                            ("copying memory, read and written", "copyGBs", "GB/s")):
        found = peak[key]
        told = f"{found['one']:.0f} {unit} on one thread, {found['all']:.0f} on {peak['threads']}" if found else "none"
        rows.append((name, told + (f" ({found['instructions']})" if found and "instructions" in found else "")))
    print("\n".join(["| machine | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]), flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("build", type=pathlib.Path)
    arguments.add_argument("models", type=pathlib.Path, nargs="?")
    arguments.add_argument("--quick", action="store_true")
    arguments.add_argument("--rounds", type=int, default=2)
    arguments.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS)
    chosen = arguments.parse_args()
    chosen.rounds = 1 if chosen.quick else chosen.rounds
    with tempfile.TemporaryDirectory() as folder:
        suite = Suite(chosen, pathlib.Path(folder))
        for section in (unet, maps, kernels, studio):
            if section.__name__ in chosen.only:
                section(suite)
        grown = growth.measure(suite) if "growth" in chosen.only else []
        print_machine(suite)
        print("\n" + suite.table.markdown())
        if grown:
            print("\n" + growth.markdown(grown))
        return 1 if suite.table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
