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

/** One log folder: what stands in it, and when it must be listed again. Times without `At` in their names are of a monotonic clock, ms. */
export class FolderWatch {
  readonly folder: LogFolder;
  /** Rows before are not handed on (Unix ms). */
  sinceMs: number;
  /** Files that ended before by their names are not looked at (Unix ms). Never goes back. */
  nameFloorMs: number;
  readonly files = new Map<string, FollowedFile>();
  /** Names that are no logs, or of a time long over. */
  readonly ignored = new Set<string>();
  /** Something in it was not as expected: list it the next time. */
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

  /** No row from `floorMs` on (Unix ms) is left out from now on. */
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
   * Names of the files in it, sorted; null when there is no need to look. A folder that is missing is empty. Throws when it cannot be
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
