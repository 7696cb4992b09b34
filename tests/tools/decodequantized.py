#!/usr/bin/python3
"""decodequantized.py FORMAT EXPORT EXPECTED.safetensors: decodes the UNet of an export as its format defines it, with
nothing but numpy, and compares with what is expected of it: float32 tensors by the export's own names.

FORMAT is comfyui (EXPORT: a file), sdnq, bitsandbytes or quanto (EXPORT: a folder). Fails on the first difference, on
keys that no loader asks for, and on keys that one misses.
"""
import json
import re
import sys
from pathlib import Path

import numpy as np

TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I8": "i1", "U8": "u1"}
TOLERANCE = 2.0**-22  # of a float32 that was rounded twice


def read(path):
    """All tensors of a safetensors file; bf16 as float32."""
    data = Path(path).read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        raw = data[8 + length + begin:8 + length + end]
        if entry["dtype"] == "BF16":
            values = (np.frombuffer(raw, "<u2").astype("<u4") << 16).view("<f4")
        else:
            values = np.frombuffer(raw, TYPES[entry["dtype"]])
        tensors[name] = values.reshape(entry["shape"])
    return tensors


def fail(message):
    sys.exit(message)


def require(condition, name, what):
    if not condition:
        fail(f"{name}: {what}")


def is_integer(values):
    return values.dtype.kind in "iu"


# ComfyUI's int8_tensorwise

def decode_comfyui(tensors, shapes):
    weights = {}
    for name in [key for key in tensors if key.endswith(".comfy_quant")]:
        module = name.removesuffix(".comfy_quant")
        marker = json.loads(bytes(tensors.pop(name)))
        require(marker == {"format": "int8_tensorwise"}, name, f"{marker}")
        codes, scale = tensors.pop(module + ".weight"), tensors.pop(module + ".weight_scale")
        require(codes.dtype == np.int8 and codes.ndim == 2, module, "codes are no int8 matrix")
        require(scale.dtype == np.float32 and scale.shape == (codes.shape[0], 1), module, f"scale is {scale.shape}")
        weights[module + ".weight"] = codes * scale.astype(np.float64)
    return weights


# SDNQ

def sdnq_matches(entry, name):
    if entry.startswith("."):
        return name.startswith(entry[1:])
    if entry == name or entry in name.split("."):
        return True
    return "*" in entry and re.match(entry.replace(".*", r"\..*").replace("*", ".*"), name) is not None


def sdnq_groups(inputs, group):
    """How many groups a loader divides the inputs into; 1 for none."""
    if group <= 0 or group >= inputs:
        return 1
    groups = inputs // group
    while groups * group != inputs:
        groups -= 1
        if groups <= 1:
            return 1
        group = inputs // groups
    return groups


def sdnq_type(config, name):
    kind, group = config["weights_dtype"], config["group_size"]
    for entry, own in config["modules_quant_config"].items():
        if sdnq_matches(entry, name):
            kind, group = own.get("weights_dtype", kind), own.get("group_size", group)
            break
    for listed, entries in config["modules_dtype_dict"].items():
        if any(sdnq_matches(entry, name) for entry in entries):
            kind = listed
            break
    require(group != 0, name, "has no group size")
    return kind, group


def decode_sdnq(folder, tensors, shapes):
    config = json.loads((folder / "config.json").read_text())["quantization_config"]
    require(config == json.loads((folder / "quantization_config.json").read_text()), folder, "two configurations")
    require(config["quant_method"] == "sdnq" and not config["use_quantized_matmul"], folder, "another method")
    weights = {}
    for name, shape in shapes.items():
        # A loader expects every linear layer and convolution quantized that is not listed.
        if any(sdnq_matches(entry, name) for entry in config["modules_to_not_convert"]):
            require(not is_integer(tensors[name]), name, "is listed as left alone")
            continue
        module = name.removesuffix(".weight")
        codes, scale = tensors.pop(name), tensors.pop(module + ".scale")
        kind, group = sdnq_type(config, name)
        require(scale.dtype == np.float32, name, "scale is no float32")
        groups = sdnq_groups(shape[1], group)
        grouped = shape if groups == 1 else (shape[0], groups, shape[1] // groups) + shape[2:]
        axis = 1 if groups == 1 else 2
        require(scale.shape == grouped[:axis] + (1,) + grouped[axis + 1:], name, f"scale is {scale.shape}")
        if kind == "int4":
            require(codes.dtype == np.uint8 and codes.shape == (np.prod(shape) // 2,), name, f"codes {codes.shape}")
            codes = np.stack([codes & 15, codes >> 4], -1).astype(np.int8) - 8
            require(codes.min() >= -7, name, "has a code of -8")
        else:
            require(kind == "int8" and codes.dtype == np.int8 and codes.shape == grouped, name, f"codes {codes.shape}")
            require(codes.min() >= -127, name, "has a code of -128")
        require((scale > 0).all(), name, "has a scale of zero")
        weights[name] = (codes.reshape(grouped) * scale.astype(np.float64)).reshape(shape)
    return weights


# bitsandbytes, LLM.int8()

def bitsandbytes_skips(entries, module):
    return any(entry == module.split(".")[-1] or entry == module or entry + "." in module for entry in entries)


def decode_bitsandbytes(folder, tensors, shapes):
    config = json.loads((folder / "config.json").read_text())["quantization_config"]
    require(config["quant_method"] == "bitsandbytes" and config["load_in_8bit"], folder, "another method")
    weights = {}
    for name, shape in shapes.items():
        module = name.removesuffix(".weight")
        if len(shape) != 2 or bitsandbytes_skips(config["llm_int8_skip_modules"], module):
            require(not is_integer(tensors[name]), name, "is left alone")
            continue
        codes, largest = tensors.pop(name), tensors.pop(module + ".SCB")
        require(codes.dtype == np.int8 and codes.shape == shape and codes.min() >= -127, name, f"codes {codes.shape}")
        require(largest.dtype == np.float32 and largest.shape == shape[:1], name, f"SCB is {largest.shape}")
        weights[name] = codes * largest.astype(np.float64)[:, None] / 127
    return weights


# quanto, by its map

def quanto_group(shape):
    width = int(np.prod(shape[1:]))
    group = 128
    if width > group:
        while width % group != 0 and group > 32:
            group -= 32
        if width % group == 0:
            return group
    return width


def decode_quanto(folder, tensors, shapes):
    modules = json.loads((folder / "quanto_qmap.json").read_text())
    require("quantization_config" not in json.loads((folder / "config.json").read_text()), folder, "two methods")
    weights = {}
    for module, entry in modules.items():
        name = module + ".weight"
        shape = shapes[name]
        scale = tensors.pop(name + "._scale")
        for unused in (".input_scale", ".output_scale"):
            value = tensors.pop(module + unused)
            require(value.shape == () and value == 1, module, unused)
        require(entry["activations"] == "none", module, "inputs are quantized")
        if entry["weights"] == "qint8":
            codes = tensors.pop(name + "._data")
            require(codes.dtype == np.int8 and codes.shape == shape and codes.min() >= -127, name, "codes")
            require(scale.shape == shape[:1] + (1,) * (len(shape) - 1), name, f"scale is {scale.shape}")
            weights[name] = codes * scale.astype(np.float64)
            continue
        require(entry["weights"] == "qint4", name, entry["weights"])
        group = quanto_group(shape)
        rows = int(np.prod(shape)) // group
        packed, shift = tensors.pop(name + "._data._data"), tensors.pop(name + "._shift")
        require(packed.dtype == np.uint8 and packed.shape == ((rows + 1) // 2, group), name, f"{packed.shape}")
        require(scale.shape == shift.shape == (rows, 1), name, f"scale is {scale.shape}")
        codes = np.concatenate([packed & 15, packed >> 4])[:rows]
        weights[name] = (scale.astype(np.float64) * codes - shift.astype(np.float64)).reshape(shape)
    return weights


def main(kind, export, expected):
    export, expected = Path(export), read(expected)
    unet = export / "unet"
    tensors = read(export if kind == "comfyui" else unet / "diffusion_pytorch_model.safetensors")
    if kind == "comfyui":
        tensors = {name: values for name, values in tensors.items() if name.startswith("model.diffusion_model.")}
    # Of a UNet, what has more than one dimension is a weight of a linear layer or a convolution.
    shapes = {name: values.shape for name, values in expected.items() if values.ndim > 1}
    if kind == "comfyui":
        weights = decode_comfyui(tensors, shapes)
    else:
        weights = {"sdnq": decode_sdnq, "bitsandbytes": decode_bitsandbytes,
                   "quanto": decode_quanto}[kind](unet, tensors, shapes)
    quantized = len(weights)
    weights.update(tensors)  # what is left over is stored as it is
    require(weights.keys() == expected.keys(), export, f"keys {sorted(weights.keys() ^ expected.keys())[:10]}")
    for name, values in expected.items():
        found = weights[name].astype(np.float64)
        require(found.shape == values.shape, name, f"{found.shape} where {values.shape} is expected")
        require((np.abs(found - values) <= TOLERANCE * np.abs(values)).all(), name, "has other values")
    print(f"{quantized} of {len(expected)} tensors decoded")


if __name__ == "__main__":
    main(*sys.argv[1:])
