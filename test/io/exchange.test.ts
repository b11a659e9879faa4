/** Files that Python writes and reads, and the bytes as Node's Buffer. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeNpy, encodeNpy } from "../../src/io/npy.js";
import { decodeSafetensors, encodeSafetensors } from "../../src/io/safetensors.js";
import { tensor, zeros } from "../../src/tensor/create.js";

const PYTHON = "/usr/bin/python3";

const numpySkipNote = `skipped: ${PYTHON} with numpy is not here`;

/** True when Python can import numpy. */
function hasNumpy(): boolean {
  try {
    execFileSync(PYTHON, ["-c", "import numpy"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Runs a script with arguments; its standard output. */
function python(script: string, ...args: string[]): string {
  return execFileSync(PYTHON, ["-c", script, ...args], { encoding: "utf8" });
}

describe("io: exchange", () => {
  it("exchanges npy files with NumPy", function () {
    if (!hasNumpy()) {
      console.log(`      ${numpySkipNote}`);
      this.skip();
    }
    const folder = mkdtempSync(join(tmpdir(), "matprop-"));
    try {
      const ours = {
        f: tensor([[1, 2.5, -3]]),
        d: tensor(7, { dtype: "float64" }),
        z: zeros([0, 2], { dtype: "int32" }),
        b: tensor([true, false], { dtype: "bool" }),
      };
      for (const [name, x] of Object.entries(ours)) writeFileSync(join(folder, `${name}.npy`), encodeNpy(x));
      const script = `
import sys, json, numpy as np
d = sys.argv[1]
f, s, z, b = (np.load(d + '/%s.npy' % k) for k in 'fdzb')
assert f.dtype == np.float32 and f.tolist() == [[1, 2.5, -3]] and s.shape == () and s.dtype == np.float64 and float(s) == 7
assert z.shape == (0, 2) and z.dtype == np.int32 and b.dtype == np.bool_ and b.tolist() == [True, False]
x = np.arange(24).reshape(2, 3, 4)
for k in ('<f8', '>f8', '<f4', '<f2', '>i8', '<u2', '|i1', '|u1', '|b1'):
    for order in 'CF':
        np.save(d + '/x.npy', np.array(x, dtype=k, order=order))
        open(d + '/%s_%s.npy' % (k.replace('<', 'l').replace('>', 'b').replace('|', ''), order), 'wb').write(open(d + '/x.npy', 'rb').read())
for v in ((1, 0), (2, 0), (3, 0)):
    with open(d + '/v%d.npy' % v[0], 'wb') as h: np.lib.format.write_array(h, x.astype('<i4'), version=v)`;
      python(script, folder);
      const counting = Array.from({ length: 24 }, (_, i) => i);
      for (const kind of ["lf8", "bf8", "lf4", "lf2", "bi8", "lu2", "i1", "u1", "b1"]) {
        for (const order of ["C", "F"]) {
          const x = decodeNpy(readFileSync(join(folder, `${kind}_${order}.npy`)));
          assert.deepEqual(x.shape, [2, 3, 4]);
          assert.deepEqual([...x.data()], kind === "b1" ? counting.map((i) => Math.min(i, 1)) : counting, kind + order);
        }
      }
      for (const version of [1, 2, 3]) {
        assert.deepEqual([...decodeNpy(readFileSync(join(folder, `v${version}.npy`))).data()], counting);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("exchanges safetensors with Python", function () {
    if (!hasNumpy()) {
      console.log(`      ${numpySkipNote}`);
      this.skip();
    }
    const folder = mkdtempSync(join(tmpdir(), "matprop-"));
    try {
      const path = join(folder, "a.safetensors");
      writeFileSync(
        path,
        encodeSafetensors(
          {
            w: tensor([
              [1, 2.5],
              [-3, 4],
            ]),
            d: tensor([1e300], { dtype: "float64" }),
          },
          { k: "é" },
        ),
      );
      const script = `
import sys, json, struct, numpy as np
raw = open(sys.argv[1], 'rb').read()
n, = struct.unpack('<Q', raw[:8])
header = json.loads(raw[8:8+n].decode('utf-8'))
assert (8 + n) % 8 == 0 and header.pop('__metadata__') == {'k': '\\u00e9'}
kinds = {'F32': '<f4', 'F64': '<f8'}
out = {k: np.frombuffer(raw[8+n:][e['data_offsets'][0]:e['data_offsets'][1]], kinds[e['dtype']]).reshape(e['shape']) for k, e in header.items()}
assert out['w'].tolist() == [[1, 2.5], [-3, 4]] and out['d'].tolist() == [1e300]
# and back, as Python's writer lays a file out
arrays = {'h': np.arange(6, dtype='<f2').reshape(2, 3) / 3, 'i': np.array([-5, 7], '<i8')}
header, at = {}, 0
for name, code in (('i', 'I64'), ('h', 'F16')):
    size = arrays[name].nbytes
    header[name] = {'dtype': code, 'shape': list(arrays[name].shape), 'data_offsets': [at, at + size]}
    at += size
text = json.dumps(header).encode()
text += b' ' * (-len(text) % 8)
open(sys.argv[1], 'wb').write(struct.pack('<Q', len(text)) + text + arrays['i'].tobytes() + arrays['h'].tobytes())
print(json.dumps(arrays['h'].astype('f8').tolist()))`;
      const expected = JSON.parse(python(script, path));
      const { tensors } = decodeSafetensors(readFileSync(path));
      assert.deepEqual(tensors.h!.toArray(), expected);
      assert.deepEqual(tensors.i!.toArray(), [-5, 7]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("reads safetensors from a Buffer without aliasing it", () => {
    const file = Buffer.from(encodeSafetensors({ w: tensor([1, 2]) }));
    const { w } = decodeSafetensors(file).tensors;
    file.fill(0);
    assert.deepEqual(w!.toArray(), [1, 2]);
  });
});
