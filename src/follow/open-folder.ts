import {
  close,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  open,
  openSync,
  readdirSync,
  readFileSync,
  type BigIntStats,
  type Dirent,
} from "node:fs";
import type { Mounts } from "./mounts.ts";

/** A file that was opened at once, and its facts when it was. */
export interface FileAtOnce {
  readonly descriptor: number;
  readonly facts: BigIntStats;
}

/** O_NONBLOCK: a pipe without a writer, which may have taken the place of a file, opens at once. */
const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NONBLOCK;
/** Folders kept open at most, whatever number of open files the system allows, and the share of that number that they may take. */
const MAX_OPEN = 16_384;
const OPEN_SHARE = 1 / 4;
const FILE_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Folders that may be kept open at once. */
export function mostOpenFolders(): number {
  if (process.platform !== "linux") return 0;
  try {
    // Sample: Max open files            1048576              1048576              files
    const allowed = Number(/^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1"))?.[1] ?? 0);
    return Math.min(MAX_OPEN, allowed * OPEN_SHARE);
  } catch {
    return 0;
  }
}

/**
 * An open folder on a local disk. What is in it is reached through its descriptor and not through its path, which may lead to a share that
 * hangs by now, and without following links: so it answers at once.
 */
export class OpenFolder {
  readonly #descriptor: number;
  readonly #mounts: Mounts;
  readonly #device: number;
  /** Modification time (Unix ms, with fractions) when it was opened. */
  readonly mtimeMs: number;

  private constructor(descriptor: number, mounts: Mounts) {
    const { dev, mtimeMs } = fstatSync(descriptor);
    this.#descriptor = descriptor;
    this.#mounts = mounts;
    this.#device = dev;
    this.mtimeMs = mtimeMs;
  }

  /**
   * Opens a folder at once whose path is known to be on the local disk with that device number (see `LocalFolders`). Null when it has
   * another one by now, or is a link. Throws errors of the file system.
   */
  static openLocal(path: string, device: number, mounts: Mounts): OpenFolder | null {
    const descriptor = openSync(path, FOLDER_FLAGS | constants.O_NOFOLLOW);
    const folder = new OpenFolder(descriptor, mounts);
    if (folder.#device === device) return folder;
    folder.close();
    return null;
  }

  /**
   * Opens a folder; null when it may not be on a local disk, and outside Linux. May take as long as a share does. Throws errors of the file
   * system.
   */
  static async open(path: string, mounts: Mounts): Promise<OpenFolder | null> {
    if (process.platform !== "linux") return null;
    const descriptor = await new Promise<number>((resolve, reject) => {
      open(path, FOLDER_FLAGS, (error, opened) => {
        if (error === null) resolve(opened);
        else reject(error);
      });
    });
    if (mounts.isLocal(descriptor)) return new OpenFolder(descriptor, mounts);
    close(descriptor, () => undefined);
    return null;
  }

  entries(): Dirent[] {
    return readdirSync(this.#path(""), { withFileTypes: true });
  }

  /** Opens a regular file that was in the folder when it was listed. Null when it must be opened by its path: it may be a link, or gone. */
  openFile(name: string): FileAtOnce | null {
    if (this.#mounts.hasName(name)) return null;
    let descriptor: number | null = null;
    try {
      descriptor = openSync(this.#path(name), FILE_FLAGS);
      const facts = fstatSync(descriptor, { bigint: true });
      if (facts.isFile() && Number(facts.dev) === this.#device) return { descriptor, facts };
    } catch {
      // Opening it by its path shows why.
    }
    if (descriptor !== null) closeSync(descriptor);
    return null;
  }

  /** Facts of a file in the folder. Null when its path must be asked: it may be a link, or gone. */
  factsOf(name: string): BigIntStats | null {
    if (this.#mounts.hasName(name)) return null;
    try {
      const facts = lstatSync(this.#path(name), { bigint: true });
      return facts.isFile() && Number(facts.dev) === this.#device ? facts : null;
    } catch {
      return null;
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #path(name: string): string {
    return `/proc/self/fd/${String(this.#descriptor)}/${name}`;
  }
}
