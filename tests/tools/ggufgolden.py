#!/usr/bin/env python3
"""Writes tests/data/gguf/blocks.json: blocks of every GGUF type with the values that ggml's own library decodes them to.

Usage: ggufgolden.py path/to/libggml-base.so > tests/data/gguf/blocks.json

Two blocks of pseudo-random bits per type; only their half-precision scales are chosen, since random ones are often NaN.
"""
import ctypes
import json
import random
import struct
import sys

# name: (ggml's number, values per block, bytes per block, byte offsets of half-precision scales)
TYPES = {
    "Q4_0": (2, 32, 18, [0]),
    "Q4_1": (3, 32, 20, [0, 2]),
    "Q5_0": (6, 32, 22, [0]),
    "Q5_1": (7, 32, 24, [0, 2]),
    "Q8_0": (8, 32, 34, [0]),
    "Q2_K": (10, 256, 84, [80, 82]),
    "Q3_K": (11, 256, 110, [108]),
    "Q4_K": (12, 256, 144, [0, 2]),
    "Q5_K": (13, 256, 176, [0, 2]),
    "Q6_K": (14, 256, 210, [208]),
    "IQ4_NL": (20, 32, 18, [0]),
    "IQ4_XS": (23, 256, 136, [0]),
}
SCALES = [[0.0123, -0.0345], [-1.5e-6, 2.25]]  # d and dmin of each block; -1.5e-6 is subnormal in half precision
PER_LINE = 16


def blocks_of(name, size, scale_offsets):
    generator = random.Random(name)
    blocks = b""
    for scales in SCALES:
        block = bytearray(generator.randrange(256) for _ in range(size))
        for offset, scale in zip(scale_offsets, scales):
            block[offset:offset + 2] = struct.pack("<e", scale)
        blocks += bytes(block)
    return blocks


def decoded(library, name, blocks, count):
    function = getattr(library, "dequantize_row_" + name.lower().replace("_k", "_K"))
    function.argtypes = [ctypes.c_char_p, ctypes.POINTER(ctypes.c_float), ctypes.c_int64]
    function.restype = None
    values = (ctypes.c_float * count)()
    function(blocks, values, count)
    return list(values)


def main():
    library = ctypes.CDLL(sys.argv[1])
    lines = []
    for name, (number, elements, size, scale_offsets) in TYPES.items():
        blocks = blocks_of(name, size, scale_offsets)
        values = decoded(library, name, blocks, elements * len(SCALES))
        numbers = ["%.9g" % value if value else "%.1f" % value for value in values]
        text = ",\n  ".join(", ".join(numbers[i:i + PER_LINE]) for i in range(0, len(numbers), PER_LINE))
        lines.append('"%s": {"type": %d, "blocks": "%s",\n "values": [%s]}' % (name, number, blocks.hex(), text))
    document = "{" + ",\n".join(lines) + "}\n"
    json.loads(document)
    sys.stdout.write(document)


main()
