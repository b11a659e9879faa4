/** The few fields of the ONNX format (a protocol buffer) that a graph of plain nodes needs. */

type Dims = readonly (string | number)[];

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Attributes that are lists of integers. */
  readonly ints?: Readonly<Record<string, readonly number[]>>;
}

export const ONNX_TYPES = { float32: 1, float64: 11 } as const;
const INTS = 7;

function varint(value: number): number[] {
  const bytes = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

const number = (field: number, value: number): number[] => [...varint(field * 8), ...varint(value)];

function bytes(field: number, content: string | readonly number[]): number[] {
  const data = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return [...varint(field * 8 + 2), ...varint(data.length), ...data];
}

function value(name: string, type: number, dims: Dims): number[] {
  const shape = dims.flatMap((dim) => bytes(1, typeof dim === "number" ? number(1, dim) : bytes(2, dim)));
  return [...bytes(1, name), ...bytes(2, bytes(1, [...number(1, type), ...bytes(2, shape)]))];
}

function node({ op, inputs, output, ints = {} }: OnnxNode): number[] {
  const attributes = Object.entries(ints).flatMap(([name, list]) =>
    bytes(5, [...bytes(1, name), ...list.flatMap((i) => number(8, i)), ...number(20, INTS)]),
  );
  return [...inputs.flatMap((name) => bytes(1, name)), ...bytes(2, output), ...bytes(4, op), ...attributes];
}

/** A model with one output, `inputs` and `output` with their dimensions (a string is one that is known only later). */
export function onnxModel(
  nodes: readonly OnnxNode[],
  type: number,
  inputs: Readonly<Record<string, Dims>>,
  output: readonly [name: string, dims: Dims],
): Uint8Array {
  const graph = [
    ...nodes.flatMap((n) => bytes(1, node(n))),
    ...bytes(2, "graph"),
    ...Object.entries(inputs).flatMap(([name, dims]) => bytes(11, value(name, type, dims))),
    ...bytes(12, value(output[0], type, output[1])),
  ];
  const [irVersion, opset] = [8, 13];
  return Uint8Array.from([...number(1, irVersion), ...bytes(7, graph), ...bytes(8, number(2, opset))]);
}
