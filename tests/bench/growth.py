"""How cost grows with blocks, steps, prompts, resolution and threads: emoji-ldm, and models like it with more layers."""
import json
import shutil

from measuring import ROOT, Inputs, Run

EMOJI = ROOT / "resources" / "models" / "emoji-ldm"
PROMPTS = ("red apple", "cat face", "hamburger", "frog")
FEW_STEPS = 4


def step(suite, model, latent=16, threads=None):
    """Least seconds of a UNet run with guidance, and the number of the model's blocks."""
    inputs = suite.scratch / f"growth-{model.name}-{latent}"
    if not inputs.exists():
        Inputs(inputs, model, latent)
    found = Run(suite.bench("unetbench"), model, inputs, "--threads", threads or suite.threads,
                "--runs", 2 if suite.quick else 10).json()
    return min(found["seconds"]), found["blocks"]


def analysis(suite, model=EMOJI, metric="local", level="layer", steps=FEW_STEPS, prompts=1):
    """Seconds of a map of w8a8, without opening the model."""
    out = suite.scratch / "growth.analysis.json"
    texts = [part for prompt in PROMPTS[:prompts] for part in ("--prompt", prompt)]
    suite.program("analyze", model, "--no-cache", "--metrics", metric, "--level", level, "--formats", "w8a8", "--steps", steps,
                  "--scheduler", "ddim", *texts, "--threads", suite.threads, "--out", out)
    return sum(json.loads(out.read_text())["timing"].values())


def deeper(suite, layers):
    """A model like emoji-ldm with so many layers at each level, of random weights."""
    shape, model = suite.scratch / f"shape-{layers}", suite.scratch / f"layers-{layers}"
    shutil.copytree(EMOJI, shape, ignore=shutil.ignore_patterns("*.safetensors", "training"))
    config = json.loads((shape / "unet" / "config.json").read_text())
    (shape / "unet" / "config.json").write_text(json.dumps({**config, "layers_per_block": layers}))
    Run(suite.bench("makemodel"), "--shape", shape, "--dtype", "f32", model)
    return model


def of_blocks(suite):
    models = [deeper(suite, layers) for layers in ((1, 2) if suite.quick else (1, 2, 4))]
    counts = [step(suite, model) for model in models]
    steps = 1 if suite.quick else 2
    maps = [analysis(suite, model, "output", "block", steps) for model in models]
    blocks = [count for _, count in counts]
    return [("one UNet run, by blocks", blocks, [seconds for seconds, _ in counts]),
            (f"`output` map, {steps} step{'s' * (steps > 1)}, by blocks", blocks, maps)]


def measure(suite):
    """Rows of what is measured, the points, and the seconds at each."""
    few = 1 if suite.quick else FEW_STEPS

    def grown(what, values, cost):
        return what, values, [cost(value) for value in values]

    local = f"`local` map by layers, {few} step{'s' * (few > 1)}"
    return [*of_blocks(suite),
            grown("`local` map by layers, by steps", (1, 2) if suite.quick else (5, 10, 20), lambda n: analysis(suite, steps=n)),
            grown(f"{local}, by prompts", (1, 2) if suite.quick else (1, 2, 4), lambda n: analysis(suite, steps=few, prompts=n)),
            grown("one UNet run, by pixels of a side", (64, 128) if suite.quick else (64, 128, 256), lambda n: step(suite, EMOJI, n // 4)[0]),
            grown("one UNet run, by threads", sorted({1, (suite.threads + 1) // 2, suite.threads}),
                  lambda n: step(suite, EMOJI, threads=n)[0])]


def markdown(rows):
    lines = ["| cost | at | seconds | last against first |", "|---|---|---|---|"]
    for what, values, seconds in rows:
        more = f"{values[-1] / values[0]:.2g} x as many: {seconds[-1] / seconds[0]:.2f} x the time"
        lines.append(f"| {what} | {', '.join(map(str, values))} | {', '.join(f'{s:.3g}' for s in seconds)} | {more} |")
    return "\n".join(lines)
