#!/usr/bin/env python3
"""Analyses shared out by mpirun against the same by one process: are the files equal, what share of the arithmetic is
useful, how much faster is it, and what follows for more processes. Prints what docs/cluster.md quotes.

together.py BUILD_FOLDER [--model emoji-ldm] [--processes 2] [--rounds 2] [--quick]; every process has one thread. The
useful share is the processor time of one process divided by that of all, starts included; it means something on a busy
machine, too, which the time by the clock does not. The least of all rounds counts.
"""
import argparse
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = {  # metrics, formats, level
    "local, blocks": ("local", "w8a8,w4a8", "block"),
    "local, layers": ("local", "w8a8,w4a8,w4", "layer"),
    "output, blocks": ("output", "w8a8,w4a8", "block"),
}
PROMPTS = ("frog", "red apple")


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(command):
    environment = {"NOISEFLOOR_RESOURCES": str(ROOT / "resources"), **os.environ}
    seconds, processor = time.monotonic(), processor_seconds()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return time.monotonic() - seconds, processor_seconds() - processor


def contents(file):
    result = json.loads(file.read_text(encoding="utf-8"))
    return result.pop("timing"), result


def measure(case, chosen, folder):
    metrics, formats, level = CASES[case]
    program = str(chosen.build / "app" / "noisefloor")
    arguments = [program, "analyze", chosen.model, "--metrics", metrics, "--formats", formats, "--level", level,
                 "--threads", "1", "--no-cache", "--steps", "4" if chosen.quick else "20"]
    for prompt in PROMPTS:
        arguments += ["--prompt", prompt]
    team = ["mpirun.openmpi", "--allow-run-as-root", "--oversubscribe", "--enable-recovery", "-np",
            str(chosen.processes)]
    alone, together = folder / "alone.analysis.json", folder / "together.analysis.json"
    times = [(run(arguments + ["--out", str(alone)]), run(team + arguments + ["--out", str(together)]))
             for _ in range(chosen.rounds)]
    timing, maps = contents(alone)
    return {"one": [min(one[i] for one, _ in times) for i in (0, 1)],
            "all": [min(all_[i] for _, all_ in times) for i in (0, 1)],
            "equal": maps == contents(together)[1], "trajectory": timing.pop("trajectory", 0),
            "rest": sum(timing.values())}


def model(result, processes):
    """How much faster if the trajectory is run by every process and all else is shared out evenly."""
    start = max(0.0, result["one"][0] - result["trajectory"] - result["rest"])
    fixed = start + result["trajectory"]
    return (fixed + result["rest"]) / (fixed + result["rest"] / processes)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("build", type=pathlib.Path)
    arguments.add_argument("--model", default="emoji-ldm")
    arguments.add_argument("--processes", type=int, default=2)
    arguments.add_argument("--rounds", type=int, default=2)
    arguments.add_argument("--quick", action="store_true", help="4 steps: only shows that everything works")
    chosen = arguments.parse_args()
    if not shutil.which("mpirun.openmpi"):
        sys.exit("mpirun of Open MPI is not there; install Debian's openmpi-bin")
    print(f"{chosen.model}, {len(PROMPTS)} prompts, {chosen.processes} processes of one thread\n")
    print("| maps | one process | of it trajectory | all processes | files | useful share | faster | model |"
          " at 8 | at 64 |\n|---|---|---|---|---|---|---|---|---|---|")
    equal = True
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            result = measure(case, chosen, pathlib.Path(folder))
            equal = equal and result["equal"]
            (seconds, processor), (seconds_of_all, processor_of_all) = result["one"], result["all"]
            print(f"| {case} | {seconds:.1f} s | {result['trajectory']:.1f} s | {seconds_of_all:.1f} s | "
                  f"{'equal' if result['equal'] else 'DIFFERENT'} | {processor / processor_of_all:.0%} | "
                  f"{seconds / seconds_of_all:.2f} x | {model(result, chosen.processes):.2f} x | "
                  f"{model(result, 8):.1f} x | {model(result, 64):.1f} x |", flush=True)
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
