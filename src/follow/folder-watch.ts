import { readdir, stat } from "node:fs/promises";
import type { ShareTimeout } from "./share-timeout.ts";
import { errorCode } from "../reading/file-error.ts";
import type { FollowedFile } from "./identity/followed-file.ts";
import type { LogFolder } from "../reading/log-folders.ts";

/** A log folder in the state record. */
export interface FolderRecord {
  readonly server: string;
  readonly as: string;
  readonly sinceMs: number;
  readonly nameFloorMs: number;
}

const MAX_RETRY_MS = 60_000;

/** When a folder is listed: every `listMs`, and for `unsettledMs` after it changed. */
export interface ListLimits {
  readonly listMs: number;
  readonly unsettledMs: number;
}

/**
 * One log folder: the files in it, and when it must be listed again. `#changed` is its modification time in ns; `#changeSeen`, `#listed`
 * and `#retryAfter` are ms of the monotonic clock.
 */
export class FolderWatch {
  readonly folder: LogFolder;
  /** Older rows are not handed on (Unix ms). */
  sinceMs: number;
  /** Files whose time ended earlier, by their names, are not read (Unix ms). Never decreases. */
  nameFloorMs: number;
  readonly files = new Map<string, FollowedFile>();
  /** Names that are not logs, or whose time was over long ago. */
  readonly ignored = new Set<string>();
  /** Something in it was not as expected: list it in the next poll. */
  isDirty = true;
  #changed: bigint | null = null;
  #changeSeen = 0;
  #listed = -Infinity;
  #retryAfter = -Infinity;
  #failures = 0;

  constructor(folder: LogFolder, sinceMs: number, nameFloorMs: number) {
    this.folder = folder;
    this.sinceMs = sinceMs;
    this.nameFloorMs = nameFloorMs;
  }

  get key(): string {
    return `${this.folder.server}/${this.folder.as}`;
  }

  /** Lowers `sinceMs` of the folder and its files to `floorMs` (Unix ms); does nothing when it is lower already. */
  lowerFloor(floorMs: number): void {
    if (this.sinceMs <= floorMs) return;
    this.sinceMs = floorMs;
    for (const file of this.files.values()) file.reader.lowerFloor(floorMs);
    this.isDirty = true;
  }

  record(): FolderRecord {
    return { server: this.folder.server, as: this.folder.as, sinceMs: this.sinceMs, nameFloorMs: this.nameFloorMs };
  }

  /**
   * Names of the files in it, sorted; null when it need not be listed now. A missing folder counts as empty. Throws when it cannot be
   * listed.
   */
  async list(shareTimeout: ShareTimeout, limits: ListLimits): Promise<string[] | null> {
    const now = performance.now();
    if (now < this.#retryAfter) return null;
    try {
      const names = await shareTimeout.run(this.folder.server, () => this.#list(now, limits));
      this.#failures = 0;
      return names;
    } catch (error) {
      this.#failures += 1;
      this.#retryAfter = now + Math.min(MAX_RETRY_MS, 500 * 2 ** this.#failures);
      throw error;
    }
  }

  async #list(now: number, { listMs, unsettledMs }: ListLimits): Promise<string[] | null> {
    try {
      const { mtimeNs } = await stat(this.folder.path, { bigint: true });
      if (mtimeNs !== this.#changed) {
        this.#changed = mtimeNs;
        this.#changeSeen = now;
      }
      const isFinal = this.#listed > this.#changeSeen + unsettledMs;
      if (isFinal && !this.isDirty && now < this.#listed + listMs) return null;
      const entries = await readdir(this.folder.path, { withFileTypes: true });
      this.#listed = now;
      this.isDirty = false;
      return entries
        .filter((entry) => entry.isFile() || entry.isSymbolicLink())
        .map((entry) => entry.name)
        .sort();
    } catch (error) {
      if (errorCode(error) !== "ENOENT" && errorCode(error) !== "ENOTDIR") throw error;
      this.#changed = null;
      return [];
    }
  }
}
