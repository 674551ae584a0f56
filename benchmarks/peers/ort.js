// ONNX Runtime on LSTM graphs with the states passed in and out. Prints one JSON line for each work and number of threads:
// { work, threads, seconds, emptyCallSeconds }: the median time of a call, and that of a call of a graph that does nothing,
// which is what the way through Node.js costs. Run it where node_modules holds onnxruntime-node:
//   npm install --ignore-scripts onnxruntime-node && NODE_PATH=node_modules node ort.js [work ...]
const ort = require('onnxruntime-node');

// A protobuf writer, as much of it as an ONNX file needs: a key is the field's number and its kind, 0 for a number and 2 for bytes.
function varint(value) {
  const bytes = [];
  for (let rest = BigInt(value); ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
}

function field(number, value) {
  if (typeof value === 'number') return Buffer.concat([varint(number << 3), varint(value)]);
  const bytes = Buffer.from(value);
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

const message = (...fields) => Buffer.concat(fields);
const FLOAT = 1, INT64 = 7, ATTRIBUTE_INT = 2;

// Field numbers are those of onnx.proto.
function tensor(name, dims, data, type = FLOAT) {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return message(...dims.map(dim => field(1, dim)), field(2, type), field(8, name), field(9, bytes));
}

function valueInfo(name, dims) {
  const shape = message(...dims.map(dim => field(1, typeof dim === 'string' ? field(2, dim) : field(1, dim))));
  return message(field(1, name), field(2, field(1, message(field(1, FLOAT), field(2, shape)))));
}

function node(type, inputs, outputs, ...attributes) {
  return message(...inputs.map(name => field(1, name)), ...outputs.map(name => field(2, name)), field(4, type), ...attributes.map(a => field(5, a)));
}

const intAttribute = (name, value) => message(field(1, name), field(3, value), field(20, ATTRIBUTE_INT));

function model(nodes, weights, inputs, outputs) {
  const graph = message(
    ...nodes.map(n => field(1, n)), field(2, 'graph'), ...weights.map(w => field(5, w)),
    ...inputs.map(i => field(11, i)), ...outputs.map(o => field(12, o)));
  return message(field(1, 9), field(7, graph), field(8, message(field(1, ''), field(2, 17))));
}

const random = length => Float32Array.from({ length }, () => (Math.random() - 0.5) * 0.1);
const zeros = (...dims) => new ort.Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b, 1)), dims);

// `depth` LSTM layers of `units`; x: (time, batch, features), the states (1, batch, units) in and out.
function lstm({ timeSteps, batch, features, units, depth }) {
  const nodes = [], outputs = [], inputs = [valueInfo('x', ['t', 'b', features])];
  const weights = [tensor('axis', [1], new BigInt64Array([1n]), INT64)];
  const feed = { x: new ort.Tensor('float32', random(timeSteps * batch * features), [timeSteps, batch, features]) };
  let current = 'x', width = features;
  for (let layer = 0; layer < depth; layer++) {
    weights.push(
      tensor(`W${layer}`, [1, 4 * units, width], random(4 * units * width)),
      tensor(`R${layer}`, [1, 4 * units, units], random(4 * units * units)),
      tensor(`B${layer}`, [1, 8 * units], random(8 * units)));
    for (const state of ['h', 'c']) {
      inputs.push(valueInfo(state + layer, [1, 'b', units]));
      outputs.push(valueInfo(`${state}n${layer}`, [1, 'b', units]));
      feed[state + layer] = zeros(1, batch, units);
    }

    nodes.push(
      node('LSTM', [current, `W${layer}`, `R${layer}`, `B${layer}`, '', `h${layer}`, `c${layer}`], [`Y${layer}`, `hn${layer}`, `cn${layer}`], intAttribute('hidden_size', units)),
      node('Squeeze', [`Y${layer}`, 'axis'], [`y${layer}`]));
    [current, width] = [`y${layer}`, units];
  }

  outputs.push(valueInfo(current, ['t', 'b', units]));
  return { bytes: model(nodes, weights, inputs, outputs), feed };
}

function empty() {
  return { bytes: model([node('Identity', ['x'], ['y'])], [], [valueInfo('x', [1])], [valueInfo('y', [1])]), feed: { x: zeros(1) } };
}

const median = values => values.toSorted((a, b) => a - b)[values.length >> 1];

// The median of several rounds of calls, in seconds a call.
async function time({ bytes, feed }, threads, calls) {
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: threads, interOpNumThreads: 1 });
  for (let i = 0; i < Math.min(calls, 50); i++) await session.run(feed);
  const rounds = [];
  for (let round = 0; round < 7; round++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) await session.run(feed);
    rounds.push(Number(process.hrtime.bigint() - start) / calls / 1e9);
  }

  await session.release();
  return median(rounds);
}

const works = {
  W5a: { calls: 1000, timeSteps: 1, batch: 1, features: 128, units: 128, depth: 2 },
  W5b: { calls: 600, timeSteps: 1, batch: 1, features: 256, units: 256, depth: 3 },
  W5c: { calls: 300, timeSteps: 1, batch: 1, features: 480, units: 480, depth: 3 },
  W6: { calls: 3, timeSteps: 1000, batch: 64, features: 1, units: 50, depth: 1 },
};

(async () => {
  if (process.argv[2] === '--works') return console.log(Object.keys(works).join('\n'));
  const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(works);
  const unknown = names.find(name => !(name in works));
  if (unknown) throw new Error(`There is no work ${unknown}; there are ${Object.keys(works).join(', ')}.`);
  for (const threads of [1, 2]) {
    const emptyCallSeconds = await time(empty(), threads, 3000);
    for (const name of names) {
      const seconds = await time(lstm(works[name]), threads, works[name].calls);
      console.log(JSON.stringify({ work: name, threads, seconds, emptyCallSeconds }));
    }
  }
})().catch(error => {
  console.error(error.message);
  process.exit(1);
});
