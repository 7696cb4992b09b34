#!/usr/bin/env python3
"""Which tells better what a block's quantization does to the picture: SQNR at its output, or the information it keeps?

information.py BUILD_FOLDER [--formats w8a8,w4a8] [--steps 5] [--prompts FILE]
Each block of emoji-ldm is quantized alone. Its local SQNR and its share of information are set against the SQNR of the
last latent and the PSNR of the picture by Spearman's rank correlation. Everything is measured by the program; what this
prints is Markdown.
"""
import argparse
import json
import math
import os
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = "emoji-ldm"
MOST_SHOWN = 5
WEIGHTS = {"w8": "int8", "w4": "int4"}
ACTIVATIONS = {"a8": "int8", "a16": "int16"}


class Program:
    def __init__(self, build, sampling):
        self.path = build / "app" / "noisefloor"
        self.sampling = sampling

    def run(self, *arguments):
        command = [str(part) for part in (self.path, *arguments, *self.sampling, "--json")]
        done = subprocess.run(command, capture_output=True, text=True,
                              env={**os.environ, "NOISEFLOOR_RESOURCES": str(ROOT / "resources")})
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)} ended with exit code {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)


def ranks(values):
    """1 for the smallest; equal ones share the mean of their ranks."""
    order = sorted(range(len(values)), key=values.__getitem__)
    result = [0.0] * len(values)
    first = 0
    while first < len(order):
        end = first
        while end < len(order) and values[order[end]] == values[order[first]]:
            end += 1
        for place in order[first:end]:
            result[place] = (first + 1 + end) / 2
        first = end
    return result


def spearman(x, y):
    """Pearson's correlation of the ranks; not a number where one side is constant."""
    a, b = ranks(x), ranks(y)
    mean = (len(x) + 1) / 2
    product = sum((p - mean) * (q - mean) for p, q in zip(a, b))
    size = math.sqrt(sum((p - mean) ** 2 for p in a) * sum((q - mean) ** 2 for q in b))
    return product / size if size > 0 else math.nan


def mean_db(row):
    """Decibels of the mean noise, as the program sums up a row; None where cells are exact or missing."""
    if not all(isinstance(cell, float | int) for cell in row):
        return None
    return -10 * math.log10(sum(10 ** (-db / 10) for db in row) / len(row))


def mean_share(row):
    known = [cell for cell in row if isinstance(cell, float | int)]
    return sum(known) / len(known) if known else None


def measured(program, folder, formats):
    """What the maps say of each block and format, and the model that they are of."""
    out = folder / "maps.analysis.json"
    program.run("analyze", MODEL, "--metrics", "local,final,information", "--formats", ",".join(formats), "--out", out,
                "--no-cache")
    analysis = json.loads(out.read_text())
    maps = {(entry["metric"], entry["format"]): entry for entry in analysis["maps"]}
    blocks = []
    for name in formats:
        for row, block in enumerate(analysis["blocks"]):
            information = maps["information", name]
            blocks.append({"format": name, "id": block["id"], "local": mean_db(maps["local", name]["db"][row]),
                           "share": mean_share(information["share"][row]),
                           "spread": mean_share(information["spread"][row]),
                           "latent": mean_db(maps["final", name]["db"][row])})
    return blocks, analysis["model"]


def recipe_of(block, model):
    weights, activations = block["format"][:2], block["format"][2:]
    return {"noisefloor_recipe": 1, "name": f"{block['format']} {block['id']}",
            "model": model, "default": {"weights": "fp32", "activations": "fp32"},
            "rules": [{"match": block["id"], "weights": WEIGHTS[weights], "activations": ACTIVATIONS[activations]}],
            "calibration": {"prompts": "resources/prompts/default.txt", "steps": "all"}}


def add_pictures(program, folder, blocks, model):
    """The PSNR of the pictures with one block quantized, as a mean over prompts."""
    arguments = []
    for place, block in enumerate(blocks):
        file = folder / f"{place}.recipe.json"
        file.write_text(json.dumps(recipe_of(block, model)))
        arguments += ["--recipe", file]
    result = program.run("compare", MODEL, *arguments, "--out", folder / "pictures")
    psnr = {mean["recipe"]: mean["psnr"] for mean in result["metrics"]["mean"]}
    for block in blocks:
        block["psnr"] = psnr[f"{block['format']} {block['id']}"]


def correlations(blocks, formats):
    lines = ["| format | blocks | local SQNR, last latent | information, last latent | local SQNR, picture | "
             "information, picture |", "|---|--:|--:|--:|--:|--:|"]
    for name in (*formats, None):
        some = [block for block in blocks if name in (block["format"], None)]
        cells = [spearman([block[by] for block in some], [block[of] for block in some])
                 for of in ("latent", "psnr") for by in ("local", "share")]
        lines.append(f"| {name or 'together'} | {len(some)} | " + " | ".join(f"{cell:.2f}" for cell in cells) + " |")
    return lines


def disagreements(blocks, name):
    """The blocks that the two rank most differently, 1 for the worst."""
    some = [block for block in blocks if block["format"] == name]
    by = {key: ranks([block[key] for block in some]) for key in ("local", "share", "psnr")}
    order = sorted(range(len(some)), key=lambda i: -abs(by["local"][i] - by["share"][i]))
    lines = [f"| {name} | local SQNR dB | rank | information kept | rank | picture PSNR dB | rank |",
             "|---|--:|--:|--:|--:|--:|--:|"]
    for i in order[:MOST_SHOWN]:
        block = some[i]
        lines.append(f"| `{block['id']}` | {block['local']:.1f} | {by['local'][i]:.1f} | {block['share']:.3f} ± "
                     f"{block['spread']:.3f} | {by['share'][i]:.1f} | {block['psnr']:.1f} | {by['psnr'][i]:.1f} |")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--formats", default="w8a8,w4a8")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--prompts", type=pathlib.Path, default=ROOT / "resources" / "prompts" / "default.txt")
    options = parser.parse_args()
    formats = options.formats.split(",")
    program = Program(options.build.resolve(), ["--steps", options.steps, "--prompts", options.prompts.resolve()])
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        blocks, model = measured(program, folder, formats)
        add_pictures(program, folder, blocks, model)
    told = [block for block in blocks
            if all(isinstance(block[key], float | int) for key in ("local", "share", "latent", "psnr"))]
    left = sorted({block["id"] for block in blocks if block not in told})
    print("\n".join(correlations(told, formats)))
    if left:
        print(f"\nLeft out, since a number is exact or cannot be told: {', '.join(left)}.")
    for name in formats:
        print("\n" + "\n".join(disagreements(told, name)))


if __name__ == "__main__":
    main()
