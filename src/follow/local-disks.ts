import { lstatSync, readdirSync, statfsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { BoundedMap } from "../model/bounded-map.ts";
import { Mounts } from "./mounts.ts";

/** Types of file systems on local disks or in memory, as statfs(2) of Linux returns them. */
const LOCAL_TYPES: ReadonlySet<number> = new Set([
  0xef53, // ext2 to ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0xf2f52010, // F2FS
  0x2fc12fc1, // ZFS
  0xca451a4e, // bcachefs
  0x01021994, // tmpfs
  0x858458f6, // ramfs
]);

/**
 * Whether an open file is on a local disk, which answers at once even while shares hang. Asks the open file, not its path: the path may
 * lead elsewhere by now, and the device number of a removed disk may be reused by a share. Always false outside Linux: only Linux names
 * the type of the file system, and updates the modification time with each write (NTFS does so when the file is closed). False also for
 * FUSE, for an overlay (its layers may be anything), and when the type is unknown. May take as long as a share does; never throws.
 */
export async function isOnLocalDisk(descriptor: number): Promise<boolean> {
  if (process.platform !== "linux") return false;
  try {
    return LOCAL_TYPES.has((await statfs(`/proc/self/fd/${String(descriptor)}`)).type);
  } catch {
    return false;
  }
}

/** A folder that is reached without a link or a share. `isLocal`: it is on a local disk itself. */
interface Reached {
  readonly device: number;
  readonly isLocal: boolean;
}

/** Folders remembered: log folders and those above them. */
const MAX_FOLDERS = 20_000;

/** Finds out which folders are on local disks, so that they can be asked and opened synchronously by their path. */
export class LocalFolders {
  #reached = new BoundedMap<string, Reached | null>(MAX_FOLDERS);
  readonly mounts = new Mounts();

  /** How often `checkMounts()` has seen other mounts: answers of `deviceOf()` from before the last change must not be used. */
  get mountChanges(): number {
    return this.mounts.changes;
  }

  /**
   * Forgets all folders when something was mounted or unmounted since the last call: a share that hangs may be mounted over any of them.
   * Call it before folders are asked synchronously. Reads proc_pid_mountinfo(5), which does not wait for shares.
   */
  checkMounts(): void {
    if (this.mounts.look()) this.#reached = new BoundedMap(MAX_FOLDERS);
  }

  /**
   * Device number of a folder on a local disk, if no folder above it is a link or on a share: then asking its path does not wait for a
   * share. Null otherwise, for a missing folder, and always outside Linux. Goes from the root downwards and asks no path over which
   * anything else than a local disk is mounted, so it answers at once; call `checkMounts()` before. Never throws. The answer is remembered
   * until `forget()`, except that there is no such folder.
   */
  deviceOf(folder: string): number | null {
    if (process.platform !== "linux") return null;
    const reached = this.#reach(resolve(folder));
    return reached?.isLocal === true ? reached.device : null;
  }

  /** Call it when the path of a folder leads elsewhere, or nowhere, by now: it and all above it are then looked at anew. */
  forget(folder: string): void {
    for (let at = resolve(folder); this.#reached.delete(at); at = dirname(at));
  }

  #reach(folder: string): Reached | null {
    const known = this.#reached.get(folder);
    if (known !== undefined) return known;
    try {
      const reached = this.#ask(folder);
      this.#reached.set(folder, reached);
      return reached;
    } catch {
      return null;
    }
  }

  #ask(folder: string): Reached | null {
    const above = dirname(folder);
    const parent = above === folder ? null : this.#reach(above);
    if (above !== folder && (parent === null || this.mounts.mayHang(folder))) return null;
    const facts = lstatSync(folder);
    if (!facts.isDirectory()) return null;
    if (parent?.device === facts.dev) return parent;
    const isLocal = LOCAL_TYPES.has(statfsSync(folder).type);
    // Of the root folder any type will do: if it does not answer, this program cannot run.
    return isLocal || parent === null ? { device: facts.dev, isLocal } : null;
  }
}

/** Names in a folder on a local disk, which answers at once. Null when it may not be on one, or cannot be listed. */
export function namesInLocalFolder(folder: string): readonly string[] | null {
  const folders = new LocalFolders();
  folders.checkMounts();
  try {
    return folders.deviceOf(folder) === null ? null : readdirSync(folder);
  } catch {
    return null;
  }
}
