import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { DaemonProcess } from "./daemon-process.ts";
import { watchedProcess } from "./daemon-process.ts";
import { PROGRAM } from "../program.ts";

/** A daemon in its own mount namespace, in which folders can be made to hang. */
export interface DaemonWithShares extends DaemonProcess {
  /** Makes all operations on `folder` hang, as on a hard mount whose server is gone. Resolves when this is the case. */
  readonly stall: (folder: string) => Promise<void>;
  /** Ends all hanging mounts; waiting operations fail. */
  readonly release: () => void;
}

/**
 * Each input line of the script is a folder. The script mounts a file system over it, whose server, the script itself, never answers. The
 * mounts exist while the script runs, and end with the last process of the namespace.
 */
const SCRIPT = String.raw`
( while IFS= read -r folder; do
    exec {fuse}<>/dev/fuse
    mount -i -t fuse -o fd=$fuse,rootmode=40000,user_id=0,group_id=0 stalled "$folder" && echo "stalled $folder"
  done ) <&0 &
exec "$@" < /dev/null
`;

/** Reason why file systems cannot be made to hang here; null if they can. */
export function whyNoStalls(): string | null {
  if (process.platform !== "linux" || !existsSync("/dev/fuse")) return "this needs FUSE";
  const folder = mkdtempSync(join(tmpdir(), "hma-stall-"));
  const mount = 'exec 3<>/dev/fuse; mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 stalled "$1"';
  const done = spawnSync("unshare", ["-m", "bash", "-c", mount, "bash", folder]);
  rmSync(folder, { recursive: true, force: true });
  return done.status === 0 ? null : "file systems cannot be mounted here";
}

/** Starts `hma-exporter serve` like `startServe()`. */
export function startServeWithShares(args: readonly string[]): DaemonWithShares {
  const child = spawn("unshare", ["-m", "bash", "-c", SCRIPT, "bash", process.execPath, PROGRAM, "serve", ...args], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const waiting = new Map<string, () => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line.startsWith("stalled ")) waiting.get(line.slice("stalled ".length))?.();
  });
  return {
    ...watchedProcess(child),
    stall: (folder) =>
      new Promise((resolve) => {
        waiting.set(folder, resolve);
        child.stdin.write(`${folder}\n`);
      }),
    release: () => {
      child.stdin.end();
    },
  };
}
