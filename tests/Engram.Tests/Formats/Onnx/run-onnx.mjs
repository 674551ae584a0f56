// Runs ONNX files in the real ONNX Runtime: node run-onnx.mjs FOLDER, where FOLDER/cases.json lists for each file its inputs and the
// outputs that are expected, as positions in FOLDER/data.bin. Writes one JSON line for each case: the largest difference, or what went wrong.
// ENGRAM_ONNXRUNTIME names the folder that holds node_modules/onnxruntime-node, unless node finds it by itself.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const home = process.env.ENGRAM_ONNXRUNTIME;
const require = createRequire(home ? join(home, 'here.js') : import.meta.url);
let ort;
try {
  ort = require('onnxruntime-node');
} catch (e) {
  console.log(JSON.stringify({ missing: String(e.message).split('\n')[0] }));
  process.exit(0);
}

ort.env.logLevel = 'error';
const folder = process.argv[2];
const data = readFileSync(join(folder, 'data.bin'));
const floats = ({ at, dims }) => {
  const count = dims.reduce((product, length) => product * length, 1);
  return new Float32Array(data.buffer.slice(data.byteOffset + at, data.byteOffset + at + 4 * count));
};
const tensor = (value) => value.type === 'float32'
  ? new ort.Tensor('float32', floats(value), value.dims)
  : value.type === 'int64'
    ? new ort.Tensor('int64', BigInt64Array.from(floats(value), (x) => BigInt(x)), value.dims)
    : new ort.Tensor(value.type, Int32Array.from(floats(value)), value.dims);

let session, loaded;
for (const entry of JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8'))) {
  const result = { name: entry.name };
  try {
    if (loaded !== entry.file) {
      session = await ort.InferenceSession.create(join(folder, entry.file), { intraOpNumThreads: 1 });
      loaded = entry.file;
    }

    const feeds = Object.fromEntries(entry.inputs.map((input) => [input.name, tensor(input)]));
    const outputs = await session.run(feeds);
    let largest = 0;
    for (const expected of entry.outputs) {
      const actual = outputs[expected.name];
      if (!actual) throw new Error(`no output ${expected.name}; there are ${Object.keys(outputs)}`);
      if (String(actual.dims) !== String(expected.dims)) throw new Error(`${expected.name}: shape ${actual.dims}, expected ${expected.dims}`);
      const values = floats(expected);
      for (let i = 0; i < values.length; i++) {
        const difference = Math.abs(Number(actual.data[i]) - values[i]);
        if (!(difference <= largest)) largest = difference;
      }
    }

    result.difference = Number.isFinite(largest) ? largest : 1e30;
  } catch (e) {
    result.error = e.message;
  }

  console.log(JSON.stringify(result));
}
