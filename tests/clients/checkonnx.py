#!/usr/bin/python3
"""checkonnx.py MODEL.onnx...: lets the onnx package check each model completely, shapes and types included."""

import sys

import onnx

for path in sys.argv[1:]:
    onnx.checker.check_model(path, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(onnx.load(path, load_external_data=False), strict_mode=True,
                                                 data_prop=True)
    known = {value.name for value in list(inferred.graph.value_info) + list(inferred.graph.output)}
    unknown = [name for node in inferred.graph.node for name in node.output if name and name not in known]
    if unknown:
        sys.exit(f"{path}: shapes cannot be inferred of {unknown[:10]}")
    print(path, len(inferred.graph.node))
