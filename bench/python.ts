/**
 * NumPy, SciPy and PyTorch as peers: a child process each for the machine's full vector width and for 128 bits (what
 * WebAssembly has), one thread, started when first asked for. They time themselves (bench/python/peer.py).
 */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Peer } from "./harness.js";

const PYTHON = process.env.MATPROP_PYTHON ?? "/usr/bin/python3";
const SCRIPT = fileURLToPath(new URL("python/peer.py", import.meta.url));

/** Libraries choose kernels by these: OpenBLAS, ATen (elementwise), oneDNN (convolutions). */
const NARROW = { OPENBLAS_CORETYPE: "Nehalem", ATEN_CPU_CAPABILITY: "default", DNNL_MAX_CPU_ISA: "SSE41" };
const ONE_THREAD = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };

type Width = "native" | "128-bit";
type Answer = { seconds?: number; error?: string; checksum?: string; versions?: Record<string, string> };

class Python {
  versions: Record<string, string> = {};
  private readonly waiting: ((line: string) => void)[] = [];

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    createInterface({ input: child.stdout }).on("line", (line) => this.waiting.shift()?.(line));
    const gone = (): void => this.waiting.splice(0).forEach((answer) => answer(`{"error":"${PYTHON} ended"}`));
    child.on("close", gone).on("error", gone);
    child.stdin.on("error", gone);
  }

  static async start(width: Width): Promise<Python> {
    const { OPENBLAS_CORETYPE, ATEN_CPU_CAPABILITY, DNNL_MAX_CPU_ISA, ...rest } = process.env;
    void [OPENBLAS_CORETYPE, ATEN_CPU_CAPABILITY, DNNL_MAX_CPU_ISA];
    const env = { ...rest, ...ONE_THREAD, ...(width === "128-bit" ? NARROW : {}) };
    const python = new Python(spawn(PYTHON, ["-B", SCRIPT], { env, stdio: ["pipe", "pipe", "pipe"] }));
    python.versions = (await python.ask({ workload: "versions" })).versions ?? {};
    return python;
  }

  ask(request: object): Promise<Answer> {
    return new Promise((resolve) => {
      this.waiting.push((line) => resolve(JSON.parse(line) as Answer));
      this.child.stdin.write(`${JSON.stringify(request)}\n`, () => undefined);
    });
  }

  stop(): void {
    this.child.stdin.end();
  }
}

const started = new Map<Width, Promise<Python>>();
const skipped = new Set<string>();

/**
 * The peers that run `request.workload` with `library`, at full width and at 128 bits; none, and one line that says so,
 * where the library cannot be imported.
 */
export async function pythonPeers(library: "numpy" | "scipy" | "torch", request: object): Promise<Peer[]> {
  const peers: Peer[] = [];
  for (const width of ["native", "128-bit"] as const) {
    let python = started.get(width);
    if (python === undefined) started.set(width, (python = Python.start(width)));
    const child = await python;
    const version = child.versions[library];
    if (version === undefined) {
      if (!skipped.has(library)) console.error(`skipped: ${library} cannot be imported by ${PYTHON}`);
      skipped.add(library);
      continue;
    }
    peers.push({
      name: `${library} ${version}, ${width}`,
      kind: width,
      checksum: async () => (await child.ask({ ...request, checksum: true })).checksum ?? "",
      seconds: async (budget) => {
        const { seconds, error } = await child.ask({ ...request, budget });
        if (seconds === undefined) throw new Error(`${library}, ${width}: ${error}`);
        return seconds;
      },
    });
  }
  return peers;
}

/** Ends the child processes. */
export async function stopPython(): Promise<void> {
  for (const python of started.values()) (await python).stop();
  started.clear();
}
