// npz.js - arrays out of an .npz: a zip, stored or deflated, of .npy files.

const KINDS = {
  "<f8": Float64Array, "<f4": Float32Array, "<i8": BigInt64Array,
  "<i4": Int32Array, "|u1": Uint8Array, "|b1": Uint8Array,
};

// One .npy: { shape, data }, row by row.
function readNpy(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const long = view.getUint8(6) > 1;
  const size = long ? view.getUint32(8, true) : view.getUint16(8, true);
  const begin = (long ? 12 : 10) + size;
  const header = new TextDecoder().decode(bytes.subarray(10, begin));
  const kind = /'descr': '([^']+)'/.exec(header)[1];
  const shape = /'shape': \(([^)]*)\)/.exec(header)[1].split(",")
    .filter((one) => one.trim()).map(Number);
  const Kind = KINDS[kind];
  if (!Kind) throw new Error("an array of " + kind + " cannot be read here");
  // A copy, since the data may stand at any byte.
  return { shape, data: new Kind(bytes.slice(begin).buffer) };
}

async function inflate(bytes) {
  const stream = new Blob([bytes]).stream()
    .pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Where the list of files begins, and how many there are.
function findDirectory(view) {
  for (let at = view.byteLength - 22; at >= 0; at--)
    if (view.getUint32(at, true) === 0x06054b50)
      return { at: view.getUint32(at + 16, true),
        count: view.getUint16(at + 10, true) };
  throw new Error("this is no npz");
}

// One entry of the list; sizes there are true even where a stream was written.
async function readEntry(bytes, view, at) {
  const method = view.getUint16(at + 10, true);
  const size = view.getUint32(at + 20, true);
  const name = new TextDecoder().decode(
    bytes.subarray(at + 46, at + 46 + view.getUint16(at + 28, true)));
  const local = view.getUint32(at + 42, true);
  const begin = local + 30 + view.getUint16(local + 26, true) +
    view.getUint16(local + 28, true);
  const packed = bytes.subarray(begin, begin + size);
  const array = readNpy(method ? await inflate(packed) : packed);
  const next = at + 46 + view.getUint16(at + 28, true) +
    view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  return { name: name.replace(/\.npy$/, ""), array, next };
}

// { name: { shape, data } } of an ArrayBuffer.
export async function readNpz(buffer) {
  const bytes = new Uint8Array(buffer);
  const view = new DataView(buffer);
  const { at, count } = findDirectory(view);
  const arrays = {};
  for (let i = 0, place = at; i < count; i++) {
    const entry = await readEntry(bytes, view, place);
    arrays[entry.name] = entry.array;
    place = entry.next;
  }
  return arrays;
}

// Column `index` of an (n, d) array.
export function columnOf({ shape, data }, index) {
  const width = shape[1];
  return Array.from({ length: shape[0] }, (_, i) => data[i * width + index]);
}
