#!/usr/bin/env python3
"""The study of docs/study.md: what the quantization strategy does on emoji-ldm, from one command.

study.py BUILD_FOLDER [--steps 10] [--out docs/study.md] [--keep FOLDER]
Everything is measured by the program itself: maps over two prompts, recipes from them by
search and treat, then pictures of the sixteen judged prompts with other seeds. Some ten minutes on two cores.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = "emoji-ldm"
CALIBRATION = ("grinning face on a pink background", "red apple")
TEST_SEED = 1000
MIB = 1 << 20


class Program:
    def __init__(self, build, folder, steps):
        self.path = build / "app" / "noisefloor"
        self.folder = folder
        self.sampling = ["--steps", steps]

    def run(self, *arguments):
        """The JSON a command prints, and the seconds it took."""
        command = [str(part) for part in (self.path, *arguments, "--json")]
        start = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True,
                              env={**os.environ, "NOISEFLOOR_RESOURCES": str(ROOT / "resources")})
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)} ended with exit code {done.returncode}: {done.stderr}")
        return json.loads(done.stdout), time.monotonic() - start

    def analyze(self, name, prompts, *arguments):
        out = self.folder / f"{name}.analysis.json"
        return out, self.run("analyze", MODEL, "--prompts", prompts, "--out", out, "--no-cache", *self.sampling,
                             *arguments)[1]


class Study:
    """Recipes by name, with the seconds that making them took."""

    def __init__(self, program, prompts):
        self.program = program
        self.prompts = prompts
        self.recipes = {}
        self.seconds = {}
        self.tried = {}

    def add(self, name, recipe, seconds):
        recipe["name"] = name
        recipe.setdefault("calibration", {})["prompts"] = "resources/prompts/default.txt"
        path = self.program.folder / f"{len(self.recipes)}.recipe.json"
        path.write_text(json.dumps(recipe))
        self.recipes[name] = path
        self.seconds[name] = seconds

    def uniform(self, name, weights, activations, **calibration):
        self.add(name, {"noisefloor_recipe": 1, "default": {"weights": weights, "activations": activations},
                        "calibration": calibration}, 0)

    def made(self, name, seconds, *arguments):
        """A recipe that a command of the program writes."""
        out = self.program.folder / "made.recipe.json"
        said, own = self.program.run(*arguments, "--out", out)
        self.tried[name] = said.get("tried", [])
        self.add(name, json.loads(out.read_text()), seconds + own)

    def size(self, name):
        return costs(self.program, [self.recipes[name]])[0]["bytes"] / MIB


def costs(program, recipes):
    """What comparing tells of recipes after one step of one prompt: their costs do not depend on it."""
    prompt = program.folder / "one.txt"
    prompt.write_text("red apple\n")
    arguments = [part for recipe in recipes for part in ("--recipe", recipe)]
    result, _ = program.run("compare", MODEL, *arguments, "--prompts", prompt, "--steps", 1, "--out",
                            program.folder / "costs", "--overwrite")
    return result["metrics"]["mean"]


def make_recipes(study, blocks, blocks_seconds, layers, layers_seconds):
    study.uniform("w8a8", "int8", "int8")
    study.uniform("w4a8", "int4", "int8")
    study.uniform("w4a8, groups of 64", "int4_g64", "int8")
    study.uniform("w8a16", "int8", "int16")
    study.uniform("w4a16", "int4", "int16")
    eight, four = study.size("w8a8"), study.size("w4a8")
    study.made("w8a8 + hybrid", blocks_seconds, "search", MODEL, "--analysis", blocks, "--formats",
               "w8a8,w8a16,wfp16a16", "--max-size", f"{1.1 * eight:.3f}", "--no-measure")
    study.made("w4a8 + hybrid", blocks_seconds, "search", MODEL, "--analysis", blocks, "--formats",
               "w4a8,w4a16,w8a8,w8a16,wfp16a16", "--max-size", f"{(four + eight) / 2:.3f}", "--no-measure")
    for name in ("w8a8", "w8a8 + hybrid", "w4a8", "w4a8 + hybrid"):
        study.made(f"{name} + local", study.seconds[name] + layers_seconds, "treat", MODEL, "--recipe",
                   study.recipes[name], "--analysis", layers)
    study.made("w8a8 + local, all of it", layers_seconds, "treat", MODEL, "--recipe", study.recipes["w8a8"],
               "--analysis", layers, "--no-measure")
    study.uniform("w8a8, first-step calibration", "int8", "int8", steps="first")
    study.uniform("w8a8, data-free (ranges of each token)", "int8", "int8_token")


def calibrations(study):
    """Seconds and SQNR of ranges from the first step and from all."""
    result, _ = study.program.run("calibrate", MODEL, "--recipe", study.recipes["w8a8"], "--prompts", study.prompts,
                                  *study.program.sampling)
    return result


def compare(study):
    arguments = [part for recipe in study.recipes.values() for part in ("--recipe", recipe)]
    result, _ = study.program.run("compare", MODEL, *arguments, "--prompts",
                                  ROOT / "resources" / "prompts" / "emoji-judged.txt", "--seed", TEST_SEED,
                                  *study.program.sampling, "--out", study.program.folder / "pictures", "--overwrite")
    return result["metrics"]


def number(value, digits):
    return value if isinstance(value, str) else "-" if value is None else f"{value:.{digits}f}"


def table(study, metrics):
    lines = ["| recipe | size MiB | GBOPs | SQNR dB | PSNR dB | perceptual | Fréchet | prompt agreement | seconds |",
             "|---|--:|--:|--:|--:|--:|--:|--:|--:|"]
    for mean in metrics["mean"]:
        name = mean["recipe"]
        agreement = mean["agreement"]["probability"] if mean["agreement"] else None
        lines.append(f"| {name} | {mean['bytes'] / MIB:.2f} | {mean['bops'] / 1e9:.0f} | {number(mean['end_to_end'], 2)} | "
                     f"{number(mean['psnr'], 2)} | {number(mean['perceptual'], 4)} | {number(mean['frechet'], 4)} | "
                     f"{number(agreement, 3)} | {study.seconds[name]:.0f} |")
    return "\n".join(lines)


def trials(study):
    """What treating found on held-out pictures, part by part."""
    lines = ["| recipe | part | SQNR dB with it | |", "|---|---|--:|---|"]
    for name, tried in study.tried.items():
        lines += [f"| {name} | {part['what']} | {number(part['db'], 2)} | {'kept' if part['kept'] else 'left out'} |"
                  for part in tried]
    return "\n".join(lines)


def verdicts(metrics, calibrated):
    """One line per claim of the strategy, decided by the numbers alone."""
    db = {mean["recipe"]: mean["end_to_end"] for mean in metrics["mean"]}

    def claim(text, better, than, least=0.0):
        gain = db[better] - db[than]
        return f"| {text} | {db[than]:.2f} to {db[better]:.2f} dB | {'holds' if gain > least else 'does not hold'} |"

    shortcut = calibrated["all"]["db"] - calibrated["first"]["db"]
    lines = ["| claim | measured | on this model |", "|---|---|---|"]
    for base in ("w8a8", "w4a8"):
        lines.append(claim(f"{base}: hybrid precision raises the SQNR", f"{base} + hybrid", base))
        lines.append(claim(f"{base}: hybrid precision beats 16-bit activations in every layer", f"{base} + hybrid",
                           base.replace("a8", "a16")))
        lines.append(claim(f"{base}: the local treatment raises the SQNR", f"{base} + local", base))
        lines.append(claim(f"{base}: local on top of hybrid raises it further", f"{base} + hybrid + local",
                           f"{base} + hybrid"))
        lines.append(claim(f"{base}: both together beat local alone", f"{base} + hybrid + local", f"{base} + local"))
    lines.append(f"| one sampling step is enough to calibrate (loss at most 0.5 dB) | {calibrated['first']['db']:.2f} dB in "
                 f"{calibrated['first']['seconds']:.1f} s, all steps {calibrated['all']['db']:.2f} dB in "
                 f"{calibrated['all']['seconds']:.1f} s | {'holds' if shortcut <= 0.5 else 'does not hold'} |")
    lines.append(claim("ranges of each token need no data and lose nothing (at most 0.5 dB)",
                       "w8a8, data-free (ranges of each token)", "w8a8", -0.5))
    return "\n".join(lines)


def document(study, metrics, calibrated, steps, full_agreement):
    return f"""# The strategy on emoji-ldm: what holds and what does not

Made by `tests/bench/study.py BUILD_FOLDER`, which writes this file; nothing in it is typed by hand. The recipes rest on
analyses over {len(CALIBRATION)} prompts and are calibrated with those of `resources/prompts/default.txt`; they are judged by pictures of the sixteen prompts of `resources/prompts/emoji-judged.txt`
with other seeds ({TEST_SEED} and on), {steps} steps of DDIM, guidance 7.5.

* **SQNR** is end to end: of the latent after the last step against full precision, pooled over the pictures.
* **Perceptual**, **Fréchet** and **prompt agreement** are those of [quality.md](quality.md); full precision itself has a prompt
  agreement of {number(full_agreement, 3)}. Fréchet distances are to the full-precision pictures, at equal counts.
* **Seconds** are what making the recipe took beyond calibration: its share of the analysis, the search, the treatment.
* *Hybrid*: `search` by the maps `output` and `final`, for 1.1 times the size of w8a8, or half way between w4a8 and w8a8.
* *Local*: `treat` by the layers' `local` map: the worst tenth smoothed with searched alphas, ranges by interval for
  what varies over time, halves of skip concatenations apart, time embedding from a table; of these what raises the SQNR of
  the predicted noise on pictures held out from calibration (below). *Local, all of it*: the same without asking whether it helps.

{table(study, metrics)}

## What treating kept

Every part was tried beside those kept before it. SQNR is that of the predicted noise at the latents of full precision.

{trials(study)}

## Claims

The strategy is that of Yang et al. 2023 as this program implements it (docs/architecture.md); the claims are judged on this
one small model, by SQNR.

{verdicts(metrics, calibrated)}
"""


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("build", type=pathlib.Path)
    arguments.add_argument("--steps", type=int, default=10)
    arguments.add_argument("--out", type=pathlib.Path, default=ROOT / "docs" / "study.md")
    arguments.add_argument("--keep", type=pathlib.Path, help="folder for recipes, analyses and pictures")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.keep or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        prompts = folder / "study-calibration.txt"
        prompts.write_text("".join(prompt + "\n" for prompt in CALIBRATION))
        program = Program(chosen.build, folder, chosen.steps)
        study = Study(program, prompts)
        blocks = program.analyze("blocks", prompts, "--metrics", "output,final", "--formats",
                                 "w8a8,w8a16,w4a8,w4a16,wfp16a16")
        layers = program.analyze("layers", prompts, "--level", "layer", "--metrics", "local", "--formats", "w8a8,w4a8")
        make_recipes(study, *blocks, *layers)
        calibrated = calibrations(study)
        metrics = compare(study)
        full = metrics["full"]["agreement"]
        chosen.out.write_text(document(study, metrics, calibrated, chosen.steps, full["probability"] if full else None))
    print(f"wrote {chosen.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
