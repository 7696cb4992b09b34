// What @huggingface/gguf reads in a GGUF file, as JSON on standard output: metadata, tensors and where their data begin.
// Big integers become texts. The module is looked for in $NODE_PATH.
'use strict';
const {gguf} = require('@huggingface/gguf');

async function main() {
    const {metadata, tensorInfos, tensorDataOffset} = await gguf(process.argv[2], {allowLocalFile: true});
    const plain = (key, value) => (typeof value === 'bigint' ? value.toString() : value);
    console.log(JSON.stringify({metadata, tensors: tensorInfos, dataStart: tensorDataOffset}, plain));
}

main().catch((error) => {
    console.error(error.message);
    process.exit(1);
});
