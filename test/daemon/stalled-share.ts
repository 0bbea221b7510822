import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { DaemonProcess } from "./daemon-process.ts";
import { watchedProcess } from "./daemon-process.ts";
import { PROGRAM } from "../program.ts";

/** A daemon in a mount namespace of its own, in which folders can be made to stop answering. */
export interface DaemonWithShares extends DaemonProcess {
  /** From now on no operation on `folder` is answered, as on a hard mount whose server is gone. Resolves when it is so. */
  readonly stall: (folder: string) => Promise<void>;
  /** Ends all stalled mounts: what waits fails. */
  readonly release: () => void;
}

/**
 * Each line of the script's input names a folder; over it a file system is mounted whose server, the script, never answers. The script
 * keeps the file systems while it runs; the namespace ends them with the last process in it.
 */
const SCRIPT = String.raw`
( while IFS= read -r folder; do
    exec {fuse}<>/dev/fuse
    mount -i -t fuse -o fd=$fuse,rootmode=40000,user_id=0,group_id=0 stalled "$folder" && echo "stalled $folder"
  done ) <&0 &
exec "$@" < /dev/null
`;

/** Why file systems cannot be made to stall here; null where they can. */
export function whyNoStalls(): string | null {
  if (process.platform !== "linux" || !existsSync("/dev/fuse")) return "this needs FUSE";
  const folder = mkdtempSync(join(tmpdir(), "hma-stall-"));
  const mount = 'exec 3<>/dev/fuse; mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 stalled "$1"';
  const done = spawnSync("unshare", ["-m", "bash", "-c", mount, "bash", folder]);
  rmSync(folder, { recursive: true, force: true });
  return done.status === 0 ? null : "file systems cannot be mounted here";
}

/** `hma-exporter serve` as `startServe()` starts it. */
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
