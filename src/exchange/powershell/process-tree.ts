import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const execFileText = promisify(execFile);

/** Number of searches for children that were started while their parents were being stopped. */
const ROUNDS = 10;
const LISTING_TIMEOUT_MS = 15_000;

/** Kills a process and all its descendants. Never throws; a process that has already ended is not an error. */
export async function killProcessTree(pid: number): Promise<void> {
  if (process.platform === "win32") await killWindowsTree(pid);
  else await killPosixTree(pid);
}

async function killWindowsTree(pid: number): Promise<void> {
  const taskkill = join(process.env["SystemRoot"] ?? "C:\\Windows", "System32", "taskkill.exe");
  try {
    await execFileText(taskkill, ["/PID", String(pid), "/T", "/F"], { timeout: LISTING_TIMEOUT_MS, windowsHide: true });
  } catch {
    signal(pid, "SIGKILL"); // taskkill says 128 for a process that is gone.
  }
}

/** Stops the tree from the top before it kills, so that no parent starts a child after its children were listed. */
async function killPosixTree(pid: number): Promise<void> {
  const tree = new Set([pid]);
  signal(pid, "SIGSTOP");
  for (let round = 0; round < ROUNDS; round++) {
    const born = childrenOf(tree, await listParents());
    if (born.length === 0) break;
    for (const child of born) {
      tree.add(child);
      signal(child, "SIGSTOP");
    }
  }
  for (const member of tree) signal(member, "SIGKILL");
}

function childrenOf(tree: ReadonlySet<number>, parents: ReadonlyMap<number, number>): number[] {
  return [...parents].filter(([child, parent]) => tree.has(parent) && !tree.has(child)).map(([child]) => child);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // The process has already ended.
  }
}

/** Parent id by process id, of every visible process. */
async function listParents(): Promise<Map<number, number>> {
  try {
    return process.platform === "linux" ? await listParentsFromProc() : await listParentsFromPs();
  } catch {
    return new Map();
  }
}

async function listParentsFromProc(): Promise<Map<number, number>> {
  const parents = new Map<number, number>();
  for (const name of await readdir("/proc")) {
    // Sample: 4711
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, "latin1").catch(() => "");
    // Sample (the name may hold blanks and brackets): 4711 (w3wp (x)) S 4242 4711
    const parent = /^\d+ \(.*\) \S (\d+) /s.exec(stat)?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  return parents;
}

async function listParentsFromPs(): Promise<Map<number, number>> {
  const { stdout } = await execFileText("ps", ["-A", "-o", "pid=,ppid="], { timeout: LISTING_TIMEOUT_MS });
  const parents = new Map<number, number>();
  // Sample:  4711  4242
  for (const match of stdout.matchAll(/^\s*(\d+)\s+(\d+)\s*$/gm)) parents.set(Number(match[1]), Number(match[2]));
  return parents;
}
