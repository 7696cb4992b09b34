#!/usr/bin/env python3
"""The baseline a PyTorch user would write: block sensitivity with forward hooks.

sensitivity.py MODEL TRAINER --prompts F --latents L.safetensors [--steps 20] [--guidance 4] [--formats w8a8,w4a8]
               [--metric output|local] [--threads 2] [--json OUT]

MODEL is an emoji-ldm type folder; TRAINER the training program, whose module definitions are used. For each format and block:
swap in fake-quantized weights, fake-quantize the inputs of its linear and conv layers in pre-hooks (torch.fake_quantize...,
static ranges from a calibration pass over all steps), then
  output  run the whole UNet on each recorded latent and compare the predicted noise,
  local   run the whole UNet with the block's inputs replaced by the recorded ones and compare the block's output.
Prints seconds for calibration and for the map. SQNR and quantizers as in the project's design.
"""
import argparse, importlib.util, json, math, time
import torch

ap = argparse.ArgumentParser(); ap.add_argument("model"); ap.add_argument("trainer"); ap.add_argument("--prompts", required=True)
ap.add_argument("--latents", required=True); ap.add_argument("--steps", type=int, default=20); ap.add_argument("--guidance", type=float, default=4.0)
ap.add_argument("--formats", default="w8a8"); ap.add_argument("--metric", default="output"); ap.add_argument("--threads", type=int, default=2); ap.add_argument("--json")
args = ap.parse_args()
spec = importlib.util.spec_from_file_location("trainer", args.trainer); T = importlib.util.module_from_spec(spec); spec.loader.exec_module(T)
torch.set_num_threads(args.threads); torch.set_grad_enabled(False)
cfg = json.load(open(f"{args.model}/unet/config.json")); tc = json.load(open(f"{args.model}/text_encoder/config.json"))
T.CONTEXT = tc["max_position_embeddings"]
unet = T.UNet2DConditionModel(cfg["block_out_channels"], cfg["layers_per_block"], cfg["cross_attention_dim"], cfg["attention_head_dim"]).eval()
unet.load_state_dict(T.load_safetensors(f"{args.model}/unet/diffusion_pytorch_model.safetensors"))
text = T.CLIPTextModel(tc["vocab_size"], tc["hidden_size"], tc["num_hidden_layers"], tc["num_attention_heads"]).eval()
text.load_state_dict(T.load_safetensors(f"{args.model}/text_encoder/model.safetensors"))
tok = T.Tokenizer(json.load(open(f"{args.model}/tokenizer/vocab.json")), [tuple(l.split()) for l in open(f"{args.model}/tokenizer/merges.txt").read().split("\n")[1:] if l])
prompts = [p for p in open(args.prompts, encoding="utf-8").read().split("\n") if p]
noise = T.load_safetensors(args.latents)["latents"]
if noise.shape[0] < len(prompts): raise SystemExit(f"{args.latents}: {noise.shape[0]} latents for {len(prompts)} prompts")
noise = noise[:len(prompts)]

# blocks: name -> (modules whose layers are quantized, module whose output is the block's output)
blocks = {"unet.time_embedding": ([unet.time_embedding], unet.time_embedding), "unet.conv_in": ([unet.conv_in], unet.conv_in)}
for side in ("down", "up"):
    for i, b in enumerate(getattr(unet, f"{side}_blocks")):
        for j, r in enumerate(b.resnets):
            m = [r] + ([b.attentions[j]] if hasattr(b, "attentions") else [])
            if side == "up" and hasattr(b, "upsamplers") and j == len(b.resnets) - 1: m.append(b.upsamplers[0])
            blocks[f"unet.{side}_blocks.{i}.{j}"] = (m, m[-1])
        if side == "down" and hasattr(b, "downsamplers"): blocks[f"unet.down_blocks.{i}.down"] = ([b.downsamplers[0]], b.downsamplers[0])
    if side == "down": blocks["unet.mid_block"] = ([unet.mid_block], unet.mid_block.resnets[1])
blocks["unet.conv_out"] = ([unet.conv_out], unet.conv_out)
layers = lambda mods: [l for m in mods for l in m.modules() if isinstance(l, (torch.nn.Linear, torch.nn.Conv2d))]

def trajectory(visit):
    s = json.load(open(f"{args.model}/scheduler/scheduler_config.json"))
    abar = torch.cumprod(1 - torch.linspace(s["beta_start"] ** 0.5, s["beta_end"] ** 0.5, 1000) ** 2, 0)
    n = len(prompts); ctx = text(torch.tensor([tok("")] * n + [tok(p) for p in prompts])); x = noise.clone(); gap = 1000 // args.steps
    for t in [i * gap + s["steps_offset"] for i in range(args.steps)][::-1]:
        inp = (torch.cat([x, x]), torch.full((2 * n,), t), ctx); out = unet(*inp); visit(inp, out)
        eu, ec = out.chunk(2); e = eu + args.guidance * (ec - eu)
        a, p = abar[t], abar[t - gap] if t >= gap else (torch.tensor(1.0) if s.get("set_alpha_to_one", True) else abar[0])
        x = p.sqrt() * (x - (1 - a).sqrt() * e) / a.sqrt() + (1 - p).sqrt() * e

# calibration and recording, one full-precision pass
t0 = time.time(); ranges, calls = {}, []
def observe(l, inp):
    lo, hi = inp[0].min().item(), inp[0].max().item(); a, b = ranges.get(l, (0.0, 0.0)); ranges[l] = (min(a, lo), max(b, hi))
handles = [l.register_forward_pre_hook(observe) for l in layers([unet])]
trajectory(lambda inp, out: calls.append((inp, out)))
for h in handles: h.remove()
calibration = time.time() - t0

def quantize(mods, fmt):
    wbits, abits = int(fmt[1:].split("a")[0]), int(fmt.split("a")[1]) if "a" in fmt else 0
    saved, hooks, top = [], [], 2 ** (wbits - 1) - 1
    for l in layers(mods):
        w = l.weight.data; saved.append((l, w)); s = w.abs().flatten(1).amax(1).clamp(min=1e-30) / top
        l.weight.data = torch.fake_quantize_per_channel_affine(w, s, torch.zeros_like(s, dtype=torch.int32), 0, -top, top)
        if abits:
            lo, hi = ranges[l]; levels = 2 ** abits - 1; s = (hi - lo) / levels if hi > lo else 1.0; z = round(-lo / s)
            hooks.append(l.register_forward_pre_hook(lambda m, i, s=s, z=z, n=levels: (torch.fake_quantize_per_tensor_affine(i[0], s, z, 0, n),)))
    return saved, hooks

def db(y, q):
    e = ((q.double() - y.double()) ** 2).sum().item(); return "exact" if e == 0 else 10 * math.log10((y.double() ** 2).sum().item() / e)

t0 = time.time(); maps = []
for fmt in args.formats.split(","):
    rows = []
    for name, (mods, last) in blocks.items():
        row = []
        for inp, out in calls:
            if args.metric == "output":
                saved, hooks = quantize(mods, fmt); y, q = out, unet(*inp)
            else:
                got = {}
                keep = [m.register_forward_pre_hook(lambda m, i: got.setdefault(m, i)) for m in mods]
                end = last.register_forward_hook(lambda m, i, o: got.setdefault("y", o))
                if name == "unet.mid_block":
                    keep += [m.register_forward_pre_hook(lambda m, i: got.setdefault(m, i)) for m in (unet.mid_block.resnets[0], unet.mid_block.attentions[0], unet.mid_block.resnets[1])]
                unet(*inp)
                for h in keep + [end]: h.remove()
                saved, hooks = quantize(mods, fmt); y = got["y"]
                if name == "unet.mid_block":
                    r0, at, r1 = unet.mid_block.resnets[0], unet.mid_block.attentions[0], unet.mid_block.resnets[1]
                    q = r1(at(r0(*got[r0]), *got[at][1:]), *got[r1][1:])
                else:
                    q = got[mods[0]][0]
                    for k, m in enumerate(mods):
                        if m.__class__.__name__ == "Conv" and name.startswith("unet.up"): q = torch.nn.functional.interpolate(q, scale_factor=2.0, mode="nearest")
                        q = m(q, *got[m][1:])
            row.append(db(y, q))
            for h in hooks: h.remove()
            for l, w in saved: l.weight.data = w
        rows.append(row)
    maps.append({"metric": args.metric, "format": fmt, "db": rows})
seconds = time.time() - t0
print(f"calibration {calibration:.2f} s, {args.metric} map of {len(blocks)} blocks x {len(calls)} steps x {len(maps)} formats x {len(prompts)} prompts: {seconds:.2f} s, {args.threads} threads")
if args.json: json.dump({"blocks": list(blocks), "maps": maps, "seconds": seconds, "calibration_seconds": calibration}, open(args.json, "w"))
