#!/usr/bin/env python3
"""A UNet of Stable Diffusion 1.x in plain PyTorch modules, run again and again on given inputs.

unetstep.py MODEL INPUTS [--threads 2] [--runs 2] [--out FILE]
MODEL is a diffusers folder, INPUTS a folder with inputs.json (shapes by name) and NAME.raw (float32). Attention is the product
of two batched matrix products and a softmax, as pipelines of PyTorch 1.13 compute it. Prints JSON with seconds of every run.
"""
import argparse
import json
import math
import mmap
import pathlib
import struct
import time

import torch
from torch import nn
from torch.nn import functional as F

TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


class Attention(nn.Module):
    def __init__(self, channels, context, heads):
        super().__init__()
        self.heads, self.scale = heads, (channels // heads) ** -0.5
        self.to_q = nn.Linear(channels, channels, bias=False)
        self.to_k = nn.Linear(context, channels, bias=False)
        self.to_v = nn.Linear(context, channels, bias=False)
        self.to_out = nn.ModuleList([nn.Linear(channels, channels), nn.Dropout(0.0)])

    def split(self, x):
        batch, tokens, channels = x.shape
        x = x.reshape(batch, tokens, self.heads, channels // self.heads).permute(0, 2, 1, 3)
        return x.reshape(batch * self.heads, tokens, channels // self.heads)

    def merge(self, x):
        rows, tokens, size = x.shape
        x = x.reshape(rows // self.heads, self.heads, tokens, size).permute(0, 2, 1, 3)
        return x.reshape(rows // self.heads, tokens, size * self.heads)

    def forward(self, x, context=None):
        context = x if context is None else context
        q, k, v = self.split(self.to_q(x)), self.split(self.to_k(context)), self.split(self.to_v(context))
        empty = torch.empty(q.shape[0], q.shape[1], k.shape[1])
        scores = torch.baddbmm(empty, q, k.transpose(1, 2), beta=0, alpha=self.scale)
        return self.to_out[1](self.to_out[0](self.merge(torch.bmm(scores.softmax(-1), v))))


class GatedGelu(nn.Module):
    def __init__(self, channels, inner):
        super().__init__()
        self.proj = nn.Linear(channels, inner * 2)

    def forward(self, x):
        x, gate = self.proj(x).chunk(2, dim=-1)
        return x * F.gelu(gate)


class FeedForward(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.net = nn.ModuleList([GatedGelu(channels, channels * 4), nn.Dropout(0.0), nn.Linear(channels * 4, channels)])

    def forward(self, x):
        for module in self.net:
            x = module(x)
        return x


class TransformerBlock(nn.Module):
    def __init__(self, channels, context, heads):
        super().__init__()
        self.norm1, self.attn1 = nn.LayerNorm(channels), Attention(channels, channels, heads)
        self.norm2, self.attn2 = nn.LayerNorm(channels), Attention(channels, context, heads)
        self.norm3, self.ff = nn.LayerNorm(channels), FeedForward(channels)

    def forward(self, x, context):
        x = self.attn1(self.norm1(x)) + x
        x = self.attn2(self.norm2(x), context) + x
        return self.ff(self.norm3(x)) + x


class SpatialTransformer(nn.Module):
    def __init__(self, channels, context, heads, groups):
        super().__init__()
        self.norm = nn.GroupNorm(groups, channels, eps=1e-6)
        self.proj_in, self.proj_out = nn.Conv2d(channels, channels, 1), nn.Conv2d(channels, channels, 1)
        self.transformer_blocks = nn.ModuleList([TransformerBlock(channels, context, heads)])

    def forward(self, x, context):
        batch, channels, height, width = x.shape
        tokens = self.proj_in(self.norm(x)).permute(0, 2, 3, 1).reshape(batch, height * width, channels)
        for block in self.transformer_blocks:
            tokens = block(tokens, context)
        return self.proj_out(tokens.reshape(batch, height, width, channels).permute(0, 3, 1, 2).contiguous()) + x


class Resnet(nn.Module):
    def __init__(self, inputs, outputs, time_channels, groups):
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(groups, inputs), nn.Conv2d(inputs, outputs, 3, padding=1)
        self.time_emb_proj = nn.Linear(time_channels, outputs)
        self.norm2, self.conv2 = nn.GroupNorm(groups, outputs), nn.Conv2d(outputs, outputs, 3, padding=1)
        self.conv_shortcut = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else None

    def forward(self, x, time_embedding):
        hidden = self.conv1(F.silu(self.norm1(x)))
        hidden = hidden + self.time_emb_proj(F.silu(time_embedding))[:, :, None, None]
        hidden = self.conv2(F.silu(self.norm2(hidden)))
        return (x if self.conv_shortcut is None else self.conv_shortcut(x)) + hidden


class Sampler(nn.Module):
    def __init__(self, channels, stride):
        super().__init__()
        self.stride, self.conv = stride, nn.Conv2d(channels, channels, 3, stride=stride, padding=1)

    def forward(self, x):
        return self.conv(x if self.stride > 1 else F.interpolate(x, scale_factor=2.0, mode="nearest"))


class Block(nn.Module):
    """One entry of down_blocks or up_blocks, or the middle."""

    def __init__(self, resnets, attentions, downsampler=None, upsampler=None):
        super().__init__()
        self.resnets, self.attentions = nn.ModuleList(resnets), nn.ModuleList(attentions)
        self.downsamplers = nn.ModuleList([downsampler] if downsampler else [])
        self.upsamplers = nn.ModuleList([upsampler] if upsampler else [])


class TimestepEmbedding(nn.Module):
    def __init__(self, channels, outputs):
        super().__init__()
        self.linear_1, self.linear_2 = nn.Linear(channels, outputs), nn.Linear(outputs, outputs)

    def forward(self, x):
        return self.linear_2(F.silu(self.linear_1(x)))


class UNet(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.channels, layers = config["block_out_channels"], config["layers_per_block"]
        time_channels, groups = self.channels[0] * 4, config["norm_num_groups"]
        last = len(self.channels) - 1

        def transformer(size):
            return SpatialTransformer(size, config["cross_attention_dim"], config["attention_head_dim"], groups)

        self.time_embedding = TimestepEmbedding(self.channels[0], time_channels)
        self.conv_in = nn.Conv2d(config["in_channels"], self.channels[0], 3, padding=1)
        downs, skips = [], [self.channels[0]]
        for level, (size, kind) in enumerate(zip(self.channels, config["down_block_types"])):
            inputs = [skips[-1]] + [size] * (layers - 1)
            skips += [size] * (layers + (level < last))
            downs.append(Block([Resnet(i, size, time_channels, groups) for i in inputs],
                               [transformer(size) for _ in inputs if kind.startswith("CrossAttn")],
                               downsampler=Sampler(size, 2) if level < last else None))
        size = self.channels[-1]
        self.down_blocks = nn.ModuleList(downs)
        self.mid_block = Block([Resnet(size, size, time_channels, groups) for _ in range(2)], [transformer(size)])
        ups, hidden = [], size
        for level, (size, kind) in enumerate(zip(reversed(self.channels), config["up_block_types"])):
            inputs = [hidden] + [size] * layers
            ups.append(Block([Resnet(i + skips.pop(), size, time_channels, groups) for i in inputs],
                             [transformer(size) for _ in inputs if kind.startswith("CrossAttn")],
                             upsampler=Sampler(size, 1) if level < last else None))
            hidden = size
        self.up_blocks = nn.ModuleList(ups)
        self.conv_norm_out = nn.GroupNorm(groups, hidden)
        self.conv_out = nn.Conv2d(hidden, config["out_channels"], 3, padding=1)

    def embedded(self, timestep):
        half = self.channels[0] // 2
        angles = timestep[:, None] * torch.exp(-math.log(10000) * torch.arange(half) / half)
        return self.time_embedding(torch.cat([angles.cos(), angles.sin()], -1))

    @staticmethod
    def layer(block, index, x, time_embedding, context):
        x = block.resnets[index](x, time_embedding)
        return block.attentions[index](x, context) if len(block.attentions) > 0 else x

    def forward(self, sample, timestep, context):
        time_embedding, x = self.embedded(timestep), self.conv_in(sample)
        skips = [x]
        for block in self.down_blocks:
            for index in range(len(block.resnets)):
                x = self.layer(block, index, x, time_embedding, context)
                skips.append(x)
            for sampler in block.downsamplers:
                x = sampler(x)
                skips.append(x)
        x = self.layer(self.mid_block, 0, x, time_embedding, context)
        x = self.mid_block.resnets[1](x, time_embedding)
        for block in self.up_blocks:
            for index in range(len(block.resnets)):
                x = self.layer(block, index, torch.cat([x, skips.pop()], 1), time_embedding, context)
            for sampler in block.upsamplers:
                x = sampler(x)
        return self.conv_out(F.silu(self.conv_norm_out(x)))


def stored_tensors(path):
    """Name and float32 tensor of every entry of a safetensors file, one after the other."""
    with open(path, "rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    start = 8 + struct.unpack("<Q", mapped[:8])[0]
    for name, entry in json.loads(mapped[8:start]).items():
        if name != "__metadata__":
            values = torch.frombuffer(mapped, dtype=TYPES[entry["dtype"]], count=math.prod(entry["shape"]),
                                      offset=start + entry["data_offsets"][0])
            yield name, values.reshape(entry["shape"]).float()


def opened(model):
    unet = UNet(json.loads((model / "unet" / "config.json").read_text())).eval()
    parameters = dict(unet.named_parameters())
    for name, values in stored_tensors(model / "unet" / "diffusion_pytorch_model.safetensors"):
        parameters.pop(name).data = values.clone()
    if parameters:
        raise SystemExit(f"{model} has no tensors {sorted(parameters)[:5]}")
    return unet


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model", type=pathlib.Path)
    arguments.add_argument("inputs", type=pathlib.Path)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--runs", type=int, default=2)
    arguments.add_argument("--out", type=pathlib.Path)
    chosen = arguments.parse_args()
    torch.set_num_threads(chosen.threads)
    torch.set_grad_enabled(False)
    shapes = json.loads((chosen.inputs / "inputs.json").read_text())
    sample, timestep, context = (
        torch.frombuffer(bytearray((chosen.inputs / f"{name}.raw").read_bytes()), dtype=torch.float32).reshape(shapes[name])
        for name in ("sample", "timestep", "encoder_hidden_states"))
    unet, seconds = opened(chosen.model), []
    for _ in range(chosen.runs):
        start = time.perf_counter()
        noise = unet(sample, timestep, context)
        seconds.append(time.perf_counter() - start)
    if chosen.out:
        chosen.out.write_bytes(noise.contiguous().numpy().tobytes())
    print(json.dumps({"seconds": seconds, "threads": chosen.threads, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
