#!/usr/bin/env python3
"""Writes tests/data/gguf/encoded.json: what ggml's own library encodes a row of every kind to, and a digest of many.

Usage: ggufencoded.py path/to/libggml-base.so > tests/data/gguf/encoded.json

The values come from a formula that tests/quant/tst_ggml.cpp repeats; all of them are exact in float32.
"""
import ctypes
import hashlib
import json
import sys

# name: (ggml's number, values per block, bytes per block)
TYPES = {
    "q8_0": (8, 32, 34),
    "q6_k": (14, 256, 210),
    "q5_k": (13, 256, 176),
    "q5_1": (7, 32, 24),
    "q5_0": (6, 32, 22),
    "q4_k": (12, 256, 144),
    "q4_1": (3, 32, 20),
    "q4_0": (2, 32, 18),
}
WIDTH = 256
KINDS = 8
ROWS = 320


def rows():
    state = 1
    for row in range(ROWS):
        scale = 2.0 ** -(row % 13)
        values = []
        for i in range(WIDTH):
            state = (state * 1664525 + 1013904223) % 2 ** 32
            unit = ((state >> 8) - 2 ** 23) / 2 ** 23  # -1 <= unit < 1
            values.append(scale * [
                unit,
                0.0,
                1.0,
                -1.0,
                unit * (64 if i % 37 == 0 else 1),
                abs(unit),
                -1 - abs(unit),
                [0.0, -0.0, unit, 2.0 ** -70][i % 4],
            ][row % KINDS])
        yield values


def encoded(library, number, elements, size, values):
    count = len(values)
    blocks = ctypes.create_string_buffer(count // elements * size)
    library.ggml_quantize_chunk(number, (ctypes.c_float * count)(*values), blocks, 0, count // WIDTH, WIDTH, None)
    return blocks.raw


def main():
    library = ctypes.CDLL(sys.argv[1])
    library.ggml_quantize_chunk.restype = ctypes.c_size_t
    library.ggml_quantize_chunk.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64,
                                            ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p]
    values = [value for row in rows() for value in row]
    document = {}
    for name, (number, elements, size) in TYPES.items():
        blocks = encoded(library, number, elements, size, values)
        row_bytes = WIDTH // elements * size
        document[name] = {"rows": [blocks[row * row_bytes:(row + 1) * row_bytes].hex() for row in range(KINDS)],
                          "sha256": hashlib.sha256(blocks).hexdigest()}
    json.dump(document, sys.stdout, indent=1)
    sys.stdout.write("\n")


main()
