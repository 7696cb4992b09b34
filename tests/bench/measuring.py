"""What the benchmarks share: running programs, the machine's description, the UNet's inputs and ONNX Runtime."""
import ctypes
import json
import math
import os
import pathlib
import random
import re
import struct
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
MIB, GIB = 1 << 20, 1 << 30
PINNING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")  # kernels are to be those of the processor
WAITING = {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "20000"}  # what the program chooses for itself


def environment(**more):
    return {**{name: value for name, value in os.environ.items() if name not in PINNING}, **more}


def ours():
    return environment(NOISEFLOOR_RESOURCES=str(ROOT / "resources"), **WAITING)


class Run:
    """A program that must succeed: its output, the seconds it took and its peak memory in bytes."""

    def __init__(self, *command, env=None):
        with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
            start = time.monotonic()
            process = subprocess.Popen([str(part) for part in command], stdout=output, stderr=errors, env=env or ours())
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds, self.peak = time.monotonic() - start, usage.ru_maxrss * 1024
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            errors.seek(0)
            self.output = output.read()
            if process.returncode != 0:
                told = "\n".join(errors.read().splitlines()[-5:])
                raise SystemExit(f"{' '.join(str(part) for part in command)}\nended with exit code "
                                 f"{process.returncode}: {told}")

    def json(self):
        return json.loads(self.output)


def interleaved(contenders, rounds, seconds):
    """The fastest result of each, all taking turns, so that other work on the machine disturbs all alike."""
    best = {}
    for _ in range(rounds):
        for name, measure in contenders.items():
            result = measure()
            if name not in best or seconds(result) < seconds(best[name]):
                best[name] = result
    return best


def cores():
    return len(os.sched_getaffinity(0))


def openblas():
    try:
        library = ctypes.CDLL("libopenblas.so.0")
    except OSError:
        return None
    library.openblas_get_config.restype = ctypes.c_char_p
    return " ".join(library.openblas_get_config().decode().split()[:2])


def machine(libraries):
    """Rows of what stands behind all numbers; `libraries` is what LibTorch says about itself."""
    cpu = pathlib.Path("/proc/cpuinfo").read_text()
    flags = re.search(r"^flags\s*:\s*(.*)$", cpu, re.M)
    known = ("avx2", "fma", "f16c", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_int8", "amx_bf16")
    model = re.search(r"^model name\s*:\s*(.*)$", cpu, re.M)
    memory = int(re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())[1]) * 1024

    def version(pattern):
        found = re.search(pattern, libraries)
        return found[1] if found else "unknown"

    return [("processor", model[1] if model else os.uname().machine),
            ("instructions", ", ".join(f for f in known if flags and f in flags[1].split())),
            ("cores used, memory", f"{cores()}, {memory / GIB:.0f} GiB"),
            ("LibTorch", version(r"TORCH_VERSION=([\d.]+)") + ", " + version(r"CPU capability usage: (\S+)")),
            ("oneDNN", version(r"MKL-DNN v([\d.]+)")),
            ("OpenBLAS", openblas() or "none"),
            ("compiler of LibTorch", "GCC " + version(r"GCC ([\d.]+)"))]


class Inputs:
    """Normal values for one run of a UNet with guidance, as files that every program reads."""

    def __init__(self, folder, model, latent):
        config = json.loads((model / "unet" / "config.json").read_text())
        tokens = json.loads((model / "text_encoder" / "config.json").read_text())["max_position_embeddings"]
        self.folder = folder
        self.shapes = {"sample": [2, config["in_channels"], latent, latent], "timestep": [1],
                       "encoder_hidden_states": [2, tokens, config["cross_attention_dim"]]}
        folder.mkdir(parents=True)
        (folder / "inputs.json").write_text(json.dumps(self.shapes))
        generator = random.Random(1)
        for name, shape in self.shapes.items():
            values = [501.0] if name == "timestep" else [generator.gauss(0, 1) for _ in range(math.prod(shape))]
            (folder / f"{name}.raw").write_bytes(struct.pack(f"<{len(values)}f", *values))

    def feeds(self):
        return {name: {"type": "float32", "dims": shape, "file": str(self.folder / f"{name}.raw")}
                for name, shape in self.shapes.items()}


def values(file):
    data = pathlib.Path(file).read_bytes()
    return struct.unpack(f"<{len(data) // 4}f", data)


def deviation(file, expected):
    """Largest difference of two outputs, relative to the largest value."""
    found, wanted = values(file), values(expected)
    return max(abs(a - b) for a, b in zip(found, wanted, strict=True)) / max(map(abs, wanted))


def decibels(file, expected):
    found, wanted = values(file), values(expected)
    error = sum((a - b) ** 2 for a, b in zip(found, wanted, strict=True))
    return 10 * math.log10(sum(b * b for b in wanted) / error) if error else math.inf


class OnnxRuntime:
    """tests/clients/onnxruntime.cjs as a process of its own."""

    @staticmethod
    def modules(build):
        """Where packaging/clients has installed it, or None."""
        found = [build / "clients", ROOT / "build" / "release" / "clients"]
        return next((f / "node_modules" for f in found if (f / "node_modules" / "onnxruntime-node").exists()), None)

    def __init__(self, build):
        self.process = subprocess.Popen(["node", ROOT / "tests" / "clients" / "onnxruntime.cjs"], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env=environment(NODE_PATH=str(self.modules(build))))

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.process.stdin.close()
        self.process.wait()

    def ask(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline() or '{"error": "it has ended"}')
        if "error" in answer:
            raise SystemExit(f"ONNX Runtime says: {answer['error']}")
        return answer

    def open(self, graph, threads):
        session = {"session": {"x64quantprecision": "1"}}  # without it, sums saturate on processors without VNNI
        self.ask({"open": str(graph), "options": {"graphOptimizationLevel": "all", "intraOpNumThreads": threads,
                                                  "interOpNumThreads": 1, "logSeverityLevel": 3, "extra": session}})

    def run(self, feeds, folder):
        """Seconds, and the file of the only output."""
        answer = self.ask({"run": feeds, "folder": str(folder)})
        return answer["seconds"], next(iter(answer["outputs"].values()))["file"]
