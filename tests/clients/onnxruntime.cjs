// ONNX Runtime as a servant. One JSON object a line on standard input, one in answer on standard output:
//   {"open": file, "options": {...}}                        -> {"opened": true}
//   {"run": {name: {type, dims, file}}, "folder": folder}   -> {"outputs": {name: {type, dims, file}}, "seconds": 0.1}
//   {"nodes": file}                                         -> {"nodes": {"Conv": 3, "com.microsoft.QLinearConv": 1}}
// What fails is answered by {"error": sentence}. Values are little-endian files without a header; types are those of
// onnxruntime-node ("float32", "int64", "int32"). Modules are looked for in $NODE_PATH.
'use strict';
const fs = require('fs');
const path = require('path');
const readline = require('readline');
const ort = require('onnxruntime-node');

const arrays = {float32: Float32Array, int64: BigInt64Array, int32: Int32Array};
let session;

function arrayType(type) {
    if (!arrays[type]) throw new Error(`values of type ${type} cannot be exchanged`);
    return arrays[type];
}

function readTensor({type, dims, file}) {
    const bytes = fs.readFileSync(file);
    const copy = new Uint8Array(bytes).buffer; // a typed array needs an aligned start
    return new ort.Tensor(type, new (arrayType(type))(copy), dims);
}

function writeTensor(tensor, file) {
    arrayType(tensor.type);
    fs.writeFileSync(file, Buffer.from(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength));
    return {type: tensor.type, dims: Array.from(tensor.dims), file};
}

async function open({open: file, options}) {
    session = await ort.InferenceSession.create(file, options);
    return {opened: true};
}

async function run({run: inputs, folder}) {
    const feeds = {};
    for (const [name, value] of Object.entries(inputs)) feeds[name] = readTensor(value);
    const start = process.hrtime.bigint();
    const results = await session.run(feeds);
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    const outputs = {};
    let index = 0;
    for (const [name, tensor] of Object.entries(results))
        outputs[name] = writeTensor(tensor, path.join(folder, `output${index++}.raw`));
    return {outputs, seconds};
}

function nodes({nodes: file}) {
    const {onnx} = require('onnx-proto');
    const counts = {};
    for (const node of onnx.ModelProto.decode(fs.readFileSync(file)).graph.node) {
        const name = node.domain ? `${node.domain}.${node.opType}` : node.opType;
        counts[name] = (counts[name] || 0) + 1;
    }
    return {nodes: counts};
}

async function answer(request) {
    if (request.open) return open(request);
    if (request.run) return run(request);
    if (request.nodes) return nodes(request);
    throw new Error('a request that is not known');
}

async function main() {
    for await (const line of readline.createInterface({input: process.stdin})) {
        let reply;
        try {
            reply = await answer(JSON.parse(line));
        } catch (error) {
            reply = {error: String(error.message || error)};
        }
        process.stdout.write(JSON.stringify(reply) + '\n');
    }
}

main();
