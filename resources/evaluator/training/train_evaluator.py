#!/usr/bin/env python3
"""Train the evaluator: a small classifier that names the emoji on a 64x64 picture.

Writes evaluator.json (shape of the network, class names) and evaluator.safetensors into --out, prints how well the
written weights do on pictures that training never saw, and with --parity writes the numbers that the C++ port must
reproduce. Data and autoencoder are those of the embedded model, whose training program stands beside its folder:

  npm install emoji-datasource-google@16 openmoji@17
  train_evaluator.py --npm node_modules --out resources/evaluator --minutes 5         # --resume trains further
  train_evaluator.py --npm node_modules --out resources/evaluator --minutes 0 \\
      --parity tests/data/evaluator/parity.json             # of the weights in --out, without training

Needs PyTorch (>= 1.13), numpy and Pillow.
"""
import argparse, json, math, pathlib, signal, sys, time
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

EMBEDDED = pathlib.Path(__file__).resolve().parents[2] / "models/emoji-ldm"
sys.path.insert(0, str(EMBEDDED / "training"))
from train_emoji_ldm import BACKGROUNDS, AutoencoderKL, Ema, cosine, load_emoji, load_safetensors, save_safetensors, write_json

SIDE = 64
CHANNELS, LAYERS = [16, 32, 64, 128], [1, 2, 2, 2]   # by stage; the first layer of each halves the sides
HELD_OUT_HUES = (200 / 360, 240 / 360)                # of backgrounds that only the test has


# ---------------------------------------------------------------- network
class Layer(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout)

    def forward(self, x):
        return F.relu(self.norm(self.conv(x)))


class Evaluator(nn.Module):
    """RGB in [0, 1], [N, 3, 64, 64] -> logits; stages() gives what each stage hands on."""
    def __init__(self, channels, layers, classes):
        super().__init__()
        cin, stages = 3, []
        for c, n in zip(channels, layers):
            stages.append(nn.Sequential(*[Layer(cin if j == 0 else c, c, 2 if j == 0 else 1) for j in range(n)]))
            cin = c
        self.stages, self.head = nn.ModuleList(stages), nn.Linear(cin, classes)

    def maps(self, x):
        x, out = 2 * x - 1, []
        for stage in self.stages:
            x = stage(x); out.append(x)
        return out

    def forward(self, x):
        return self.head(self.maps(x)[-1].mean((2, 3)))


# ---------------------------------------------------------------- pictures
def colours(n, rng, held_out):
    """Uniform in saturation and value; hues inside HELD_OUT_HUES or outside them."""
    low, high = HELD_OUT_HUES
    h = low + rng.random(n) * (high - low) if held_out else (high + rng.random(n) * (1 - high + low)) % 1
    s, v = rng.random(n), rng.random(n)
    if held_out:
        s, v = 0.25 + 0.75 * s, 0.25 + 0.75 * v              # grey and black have no hue
    k = (np.array([5, 3, 1]) + 6 * h[:, None]) % 6
    return torch.from_numpy(v[:, None] * (1 - s[:, None] * np.clip(np.minimum(k, 4 - k), 0, 1))).float()


def moved(rgba, rng, shift=4, scale=(0.9, 1.1), turn=5):
    """Shifted, scaled and turned emoji: premultiplied colour and alpha in [0, 1]."""
    x = rgba.permute(0, 3, 1, 2).float() / 255
    x = torch.cat([x[:, :3] * x[:, 3:], x[:, 3:]], 1)
    n = len(x)
    a = np.deg2rad(rng.uniform(-turn, turn, n)); z = 1 / rng.uniform(*scale, n)
    t = rng.uniform(-shift, shift, (n, 2)) * 2 / SIDE
    m = np.stack([np.stack([z * np.cos(a), -z * np.sin(a), t[:, 0]], 1), np.stack([z * np.sin(a), z * np.cos(a), t[:, 1]], 1)], 1)
    grid = F.affine_grid(torch.from_numpy(m).float(), list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, align_corners=False)


def laid_on(x, colour):
    return x[:, :3] + (1 - x[:, 3:]) * (colour[:, :, None, None] if colour.dim() == 2 else colour)


def blurred(x, sigma):
    taps = torch.exp(-torch.arange(-3, 4).float() ** 2 / (2 * sigma ** 2)); taps = taps / taps.sum()
    x = F.pad(x, (3, 3, 3, 3), mode="reflect")
    x = F.conv2d(x, taps.view(1, 1, 7, 1).repeat(3, 1, 1, 1), groups=3)
    return F.conv2d(x, taps.view(1, 1, 1, 7).repeat(3, 1, 1, 1), groups=3)


def worn(x, rng):
    """Half of the pictures are left alone; the others are blurred, coarsened, re-toned or made noisy."""
    kind = rng.random()
    if kind < 0.5:
        return x
    if kind < 0.65:
        x = blurred(x, rng.uniform(0.3, 1.3))
    elif kind < 0.75:
        small = F.interpolate(x, scale_factor=rng.uniform(0.45, 0.9), mode="bilinear", align_corners=False)
        x = F.interpolate(small, size=(SIDE, SIDE), mode="bilinear", align_corners=False)
    elif kind < 0.85:
        x = (x - 0.5) * rng.uniform(0.75, 1.25) + 0.5 + rng.uniform(-0.08, 0.08)
    return (x + torch.randn_like(x) * rng.uniform(0, 0.08)).clamp(0, 1)


@torch.no_grad()
def decoded(vae, x, damage, generator):
    """Through the autoencoder; `damage` is latent noise relative to the latent's spread."""
    mean, logvar = vae.encode(2 * x - 1)
    noise = torch.randn(mean.shape, generator=generator)
    z = mean if damage is None else mean + (0.5 * logvar).exp() * noise + damage * mean.std() * torch.randn(mean.shape, generator=generator)
    return (vae.decode(z) / 2 + 0.5).clamp(0, 1)


def background(n, rng):
    known = torch.tensor(list(BACKGROUNDS.values())).float() / 255
    return torch.where(torch.from_numpy(rng.random((n, 1)) < 0.5), known[rng.integers(0, len(known), n)], colours(n, rng, False))


def decoded_pool(vae, rgba, variants):
    """Pictures as the embedded autoencoder decodes them, some with damaged latents: uint8 [variants, classes, ...]."""
    rng, generator, pool = np.random.default_rng(11), torch.Generator().manual_seed(11), []
    for v in range(variants):
        rows = []
        for part in rgba.split(51):
            x = laid_on(moved(part, rng), background(len(part), rng))
            rows.append(decoded(vae, x, rng.uniform(0, 0.35), generator).mul(255).round().byte())
        pool.append(torch.cat(rows))
    return torch.stack(pool)


# ---------------------------------------------------------------- training
def batch_of(rgba, pool, size, rng):
    labels = rng.integers(0, len(rgba), size)
    old = size // 3                                            # a third of each batch comes from the autoencoder
    part = laid_on(moved(rgba[labels[old:]], rng), background(size - old, rng))
    kept = pool[rng.integers(0, len(pool), old), labels[:old]].float() / 255
    kept = torch.roll(kept, (int(rng.integers(-2, 3)), int(rng.integers(-2, 3))), (2, 3))
    pieces = [worn(p, rng) for p in torch.cat([kept, part]).split(16)]
    return torch.cat(pieces), torch.from_numpy(labels)


def train(net, rgba, pool, minutes, size, lr):
    stop = []
    signal.signal(signal.SIGINT, lambda *_: stop.append(1))    # Ctrl-C ends training; what was learnt is kept
    rng = np.random.default_rng(5)
    matrices = [p for p in net.parameters() if p.dim() > 1]
    vectors = [p for p in net.parameters() if p.dim() <= 1]
    opt = torch.optim.AdamW([{"params": matrices, "weight_decay": 0.02}, {"params": vectors, "weight_decay": 0}], lr=lr, betas=(0.9, 0.99))
    ema, start, step, average = Ema(net.parameters(), 0.995), time.process_time(), 0, None
    while (progress := (time.process_time() - start) / torch.get_num_threads() / (minutes * 60)) < 1 and not stop:
        for g in opt.param_groups:
            g["lr"] = lr * cosine(progress)
        x, y = batch_of(rgba, pool, size, rng)
        logits = net(x.contiguous(memory_format=torch.channels_last))
        loss = F.cross_entropy(logits, y, label_smoothing=0.1)
        opt.zero_grad(set_to_none=True); loss.backward(); opt.step(); ema.update()
        right = (logits.argmax(1) == y).float().mean().item()
        average = right if average is None else 0.98 * average + 0.02 * right
        if step % 100 == 0:
            print(f"step {step} progress {progress:.3f} loss {loss.item():.3f} top-1 of the last batches {average:.3f}", flush=True)
        step += 1
    ema.swap()
    for m in net.modules():                                    # statistics of the averaged weights
        if isinstance(m, nn.BatchNorm2d):
            m.reset_running_stats(); m.momentum = None
    with torch.no_grad():
        for _ in range(60):
            net(batch_of(rgba, pool, size, rng)[0])


# ---------------------------------------------------------------- what the written weights are worth
def gradients(n, rng):
    """Backgrounds of a kind that training has none of: from one colour to another, in any direction."""
    a, b = colours(n, rng, False), colours(n, rng, False)
    t = torch.linspace(-0.5, 0.5, SIDE); angle = torch.from_numpy(rng.uniform(0, 2 * math.pi, n)).float()
    ramp = 0.5 + t[None, None, :] * angle.cos()[:, None, None] + t[None, :, None] * angle.sin()[:, None, None]
    ramp = ramp.clamp(0, 1)[:, None]
    return a[:, :, None, None] * (1 - ramp) + b[:, :, None, None] * ramp


def tests(rgba, vae):
    rng, generator = np.random.default_rng(1234), torch.Generator().manual_seed(1234)
    still = lambda part: moved(part, rng, 0, (1, 1), 0)
    known = torch.tensor(list(BACKGROUNDS.values())).float() / 255
    held = lambda part: laid_on(moved(part, rng), colours(len(part), rng, True))
    any_known = lambda part: laid_on(still(part), known[rng.integers(0, len(known), len(part))])
    return {
        "as the embedded model's data: centred, the eight backgrounds": (4, any_known),
        "the same through the autoencoder": (1, lambda p: decoded(vae, any_known(p), None, generator)),
        "background hues never seen, moved": (4, held),
        "background hues never seen, moved, through the autoencoder": (1, lambda p: decoded(vae, held(p), None, generator)),
        "the same, latents damaged by a quarter of their spread": (1, lambda p: decoded(vae, held(p), 0.25, generator)),
        "colour gradients as backgrounds (training has none), moved": (4, lambda p: laid_on(moved(p, rng), gradients(len(p), rng))),
    }


@torch.no_grad()
def accuracy(net, rgba, vae):
    for name, (rounds, make) in tests(rgba, vae).items():
        top1 = top5 = seen = 0
        for _ in range(rounds):
            for labels in torch.arange(len(rgba)).split(153):
                first = net(make(rgba[labels]).clamp(0, 1)).topk(5).indices
                top1 += (first[:, 0] == labels).sum().item(); top5 += (first == labels[:, None]).any(1).sum().item()
                seen += len(labels)
        print(f"| {name} | {100 * top1 / seen:.1f} % | {100 * top5 / seen:.1f} % |", flush=True)


# ---------------------------------------------------------------- numbers for the port
def procedural(kind):
    """Integer formulas, so that any language draws the same bytes: uint8 [64, 64, 3]."""
    y, x, c = np.meshgrid(np.arange(SIDE), np.arange(SIDE), np.arange(3), indexing="ij")
    squares = (x - 32) ** 2 + (y - 30 - 2 * c) ** 2
    return {"ramp": (x * 3 + y + c * 20) % 256,
            "checks": np.where((x // 8 + y // 8) % 2 == 0, 230 - 60 * c, 25 + 40 * c),
            "disc": np.where(squares < 500, 250 - 30 * c * c, 255 - 15 * c),
            "hash": (x * 37 + y * 101 + c * 53 + x * y * 7) % 251}[kind].astype(np.uint8)


def perceptual(a, b):
    unit = lambda m: m / (m.pow(2).sum(1, keepdim=True).sqrt() + 1e-10)
    return sum(((unit(p) - unit(q)) ** 2).sum(1).mean((1, 2)) for p, q in zip(a, b))


def frechet(a, b):
    root = lambda s: (lambda w, v: (v * np.sqrt(np.clip(w, 0, None))) @ v.T)(*np.linalg.eigh(s))
    sa, sb = np.cov(a.T), np.cov(b.T)
    cross = np.linalg.svd(root(sa) @ root(sb), compute_uv=False).sum()
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(sa) + np.trace(sb) - 2 * cross)


@torch.no_grad()
def parity(net, names, path):
    kinds = ["ramp", "checks", "disc", "hash"]
    x = torch.from_numpy(np.stack([procedural(k) for k in kinds])).permute(0, 3, 1, 2).float() / 255
    maps = net.maps(x)
    features, probabilities = maps[-1].mean((2, 3)), net(x).softmax(1)
    pictures = [{"kind": k, "features": [round(f, 6) for f in features[i].tolist()],
                 "stage_means": [round(m[i].mean().item(), 6) for m in maps],
                 "top": [{"class": names[j], "probability": round(p, 7)} for p, j in zip(*[t.tolist() for t in probabilities[i].topk(5)])]}
                for i, k in enumerate(kinds)]
    pairs = [{"a": kinds[i], "b": kinds[j], "distance": perceptual([m[i:i + 1] for m in maps], [m[j:j + 1] for m in maps]).item()}
             for i in range(4) for j in range(i)]
    f = features.double().numpy()
    write_json(path, {"pictures": pictures, "perceptual": pairs, "frechet_of_first_and_last_two": frechet(f[:2], f[2:])})


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--npm", default="node_modules"); ap.add_argument("--out", default="evaluator")
    ap.add_argument("--minutes", type=float, default=5, help="of processor time per thread"); ap.add_argument("--threads", type=int, default=1)
    ap.add_argument("--batch", type=int, default=32); ap.add_argument("--lr", type=float, default=3e-3)
    ap.add_argument("--variants", type=int, default=3, help="decoded pictures of each class in the training pool")
    ap.add_argument("--resume", action="store_true", help="start from the weights in --out")
    ap.add_argument("--parity", help="JSON file to write")
    args = ap.parse_args()
    torch.manual_seed(0); torch.set_num_threads(args.threads)
    rgba, names = load_emoji(args.npm)
    rgba = torch.from_numpy(rgba)
    config = json.load(open(EMBEDDED / "vae/config.json"))
    vae = AutoencoderKL(config["block_out_channels"], config["layers_per_block"]).eval()
    vae.load_state_dict(load_safetensors(EMBEDDED / "vae/diffusion_pytorch_model.safetensors"))
    net = Evaluator(CHANNELS, LAYERS, len(names)).to(memory_format=torch.channels_last)
    weights = f"{args.out}/evaluator.safetensors"
    if args.resume:
        net.load_state_dict(load_safetensors(weights), strict=False)
    if args.minutes > 0:
        print(len(names), "classes,", sum(p.numel() for p in net.parameters()), "parameters", flush=True)
        pool = decoded_pool(vae, rgba, args.variants)
        print("pool of", pool.shape[0] * pool.shape[1], "decoded pictures", flush=True)
        train(net, rgba, pool, args.minutes, args.batch, args.lr)
        write_json(f"{args.out}/evaluator.json", {"noisefloor_evaluator": 1, "side": SIDE, "channels": CHANNELS, "layers": LAYERS, "classes": names})
        save_safetensors(weights, {k: v for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")})
    net.load_state_dict(load_safetensors(weights), strict=False)
    net.eval()
    if args.minutes > 0 or not args.parity:
        print("| test pictures | top-1 | top-5 |\n|---|---|---|", flush=True)
        accuracy(net, rgba, vae)
    if args.parity:
        parity(net, names, args.parity)


if __name__ == "__main__":
    main()
