#!/usr/bin/env python3
"""Checks that dependencies between the folders point one way only, and that app and widgets see no tensor.

layers.py SOURCE_ROOT; prints each violation as FILE:LINE and exits with 1 if there is one.
"""
import pathlib
import re
import sys

MAY_INCLUDE = {
    "ldm": {"ldm"},
    "quant": {"quant", "ldm"},
    "analysis": {"analysis", "quant", "ldm"},
    "widgets": {"widgets"},
    "app": {"app", "widgets", "analysis", "quant", "ldm"},
}
NO_QT = {"ldm", "quant", "analysis"}
NO_TENSOR = {"app", "widgets"}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
TENSOR = re.compile(r"^(ATen|torch|c10|caffe2)/")
QT = re.compile(r"^(Q[A-Z]\w*(/.*)?|Qt\w*/.*|qcustomplot\.h)$")


def includes(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1)


def resolve(root, name):
    """The project's own header behind an include, if it is one."""
    folder = name.split("/")[0]
    for candidate in (root / folder / "include" / name, root / name):
        if folder in MAY_INCLUDE and candidate.is_file():
            return candidate
    return None


def sees_tensor(root, path, seen):
    for _, name in includes(path):
        if TENSOR.match(name):
            return True
        header = resolve(root, name)
        if header and header not in seen:
            seen.add(header)
            if sees_tensor(root, header, seen):
                return True
    return False


def violations(root):
    for folder, may in MAY_INCLUDE.items():
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in {".h", ".cpp"}:
                continue
            where = path.relative_to(root)
            for number, name in includes(path):
                top = name.split("/")[0]
                if top in MAY_INCLUDE and "/" in name and top not in may:
                    yield f"{where}:{number}: {folder} must not include {top}"
                if folder in NO_QT and QT.match(name):
                    yield f"{where}:{number}: {folder} must not know Qt ({name})"
                if name == "qcustomplot.h" and folder != "widgets":
                    yield f"{where}:{number}: QCustomPlot belongs to widgets"
            if folder in NO_TENSOR and sees_tensor(root, path, set()):
                yield f"{where}:1: {folder} must not see tensors, not even through another header"


def main():
    found = list(violations(pathlib.Path(sys.argv[1]).resolve()))
    print("\n".join(found) if found else "layers: every dependency points the right way")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
