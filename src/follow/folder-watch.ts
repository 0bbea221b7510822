import { statSync, type Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import type { ShareTimeout } from "./share-timeout.ts";
import { errorCode } from "../reading/file-error.ts";
import type { FollowedFile } from "./identity/followed-file.ts";
import type { LocalFolders } from "./local-disks.ts";
import { OpenFolder } from "./open-folder.ts";
import type { LogFolder } from "../reading/log-folders.ts";

/** A log folder in the state record. */
export interface FolderRecord {
  readonly server: string;
  readonly as: string;
  readonly sinceMs: number;
  readonly nameFloorMs: number;
}

const MAX_RETRY_MS = 60_000;

/** When a folder is listed: every `listMs` (on a local disk `localListMs`), and for `unsettledMs` after it changed. */
export interface ListLimits {
  readonly listMs: number;
  readonly localListMs: number;
  readonly unsettledMs: number;
}

/** What listing a folder needs. */
export interface Listing {
  readonly shareTimeout: ShareTimeout;
  readonly limits: ListLimits;
  readonly localFolders: LocalFolders;
}

/**
 * One log folder: the files in it, and when it must be listed again. `#changedMs` is its modification time (Unix ms, with fractions);
 * `#changeSeen`, `#listed` and `#retryAfter` are ms of the monotonic clock.
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
  /** True when it was missing at its last listing, and before the first. */
  isMissing = true;
  /**
   * No file of it was being written at the last check, and none is due for a check before this time (Unix ms). Valid until its server's
   * next turn; -Infinity when not known.
   */
  restsUntilMs = -Infinity;
  #changedMs: number | null = null;
  /** Device number while the folder is on a local disk; null when it is not, undefined while that is not known. */
  #device: number | null | undefined = undefined;
  /** `mountChanges` of the local folders when the device number was asked for. */
  #mountChanges = -1;
  #changeSeen = 0;
  /** Where a link leads may change without a change of the folder. */
  #hasLinks = false;
  #open: OpenFolder | null = null;
  /** Number of changes of mounts when it was found not to be on a local disk; -1 before, and when it is. */
  #sharedSince = -1;
  #listed = -Infinity;
  #retryAfter = -Infinity;
  #failures = 0;

  constructor(folder: LogFolder, sinceMs: number, nameFloorMs: number) {
    this.folder = folder;
    this.sinceMs = sinceMs;
    this.nameFloorMs = nameFloorMs;
  }

  /** The folder, if it is on a local disk, opened when it was listed; null after `letGo()`. */
  get open(): OpenFolder | null {
    return this.#open;
  }

  letGo(): void {
    this.#open?.close();
    this.#open = null;
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

  /** True when a folder on a local disk need not be listed now. Asks the disk synchronously. False when finding out may take waiting. */
  isUnchanged({ limits, localFolders }: Pick<Listing, "limits" | "localFolders">): boolean {
    if (typeof this.#device !== "number" || this.isDirty || this.#failures > 0) return false;
    if (this.#mountChanges === localFolders.mountChanges) {
      const facts = factsNow(this.folder.path);
      if (facts?.dev === this.#device)
        return !this.#isDue({ now: performance.now(), isSettled: false }, facts.mtimeMs, limits);
      localFolders.forget(this.folder.path);
    }
    // Its path may lead elsewhere by now: find out again, with the time-out for shares.
    this.#device = undefined;
    return false;
  }

  /**
   * Names of the files in it, sorted; null when it need not be listed now. A missing folder counts as empty. Throws when it cannot be
   * listed.
   */
  async list({ shareTimeout, limits, localFolders }: Listing): Promise<string[] | null> {
    const now = performance.now();
    if (now < this.#retryAfter) return null;
    try {
      const names = await shareTimeout.run(this.folder.server, () => this.#list(now, limits, localFolders));
      this.#failures = 0;
      return names;
    } catch (error) {
      this.#failures += 1;
      this.#retryAfter = now + Math.min(MAX_RETRY_MS, 500 * 2 ** this.#failures);
      throw error;
    }
  }

  /**
   * What `list()` returns, for a folder on a local disk, without waiting. Undefined when that may take waiting, or when `list()` must
   * report an error. Call it when the mounts have just been checked.
   */
  listAtOnce({ limits, localFolders }: Pick<Listing, "limits" | "localFolders">): string[] | null | undefined {
    const now = performance.now();
    if (this.#failures > 0 || now < this.#retryAfter) return undefined;
    this.letGo();
    const { path } = this.folder;
    const device = localFolders.deviceOf(path);
    if (device === null) return undefined;
    try {
      this.#open = OpenFolder.openLocal(path, device, localFolders.mounts);
      if (this.#open === null) return undefined;
      this.#noteDevice(device, localFolders);
      return this.#isDueAt(this.#open, now, limits) ? this.#namesIn(this.#open.entries(), now) : null;
    } catch {
      return undefined;
    }
  }

  async #list(now: number, limits: ListLimits, localFolders: LocalFolders): Promise<string[] | null> {
    try {
      const open = await this.#reopen(localFolders);
      if (this.#device === undefined)
        this.#noteDevice(open === null ? null : localFolders.deviceOf(this.folder.path), localFolders);
      if (open !== null) return this.#isDueAt(open, now, limits) ? this.#namesIn(open.entries(), now) : null;
      const { mtimeMs } = await stat(this.folder.path);
      // The clock of a share is not this machine's.
      if (!this.#isDue({ now, isSettled: false }, mtimeMs, limits)) return null;
      return this.#namesIn(await readdir(this.folder.path, { withFileTypes: true }), now);
    } catch (error) {
      if (errorCode(error) !== "ENOENT" && errorCode(error) !== "ENOTDIR") throw error;
      this.letGo();
      this.#changedMs = null;
      this.isMissing = true;
      return [];
    }
  }

  #noteDevice(device: number | null, { mountChanges }: LocalFolders): void {
    this.#mountChanges = mountChanges;
    this.#device = device;
  }

  /** Whether the open folder must be listed. */
  #isDueAt({ mtimeMs }: OpenFolder, now: number, limits: ListLimits): boolean {
    return this.#isDue({ now, isSettled: Math.abs(Date.now() - mtimeMs) >= limits.unsettledMs }, mtimeMs, limits);
  }

  /** Notes that it was listed, and returns the names of the files, sorted. */
  #namesIn(entries: readonly Dirent[], now: number): string[] {
    this.#listed = now;
    this.isDirty = false;
    this.isMissing = false;
    this.#hasLinks = entries.some((entry) => entry.isSymbolicLink());
    return entries
      .filter((entry) => entry.isFile() || entry.isSymbolicLink())
      .map((entry) => entry.name)
      .sort();
  }

  /** Opens the folder anew; null when it may be on a share. */
  async #reopen({ mounts }: LocalFolders): Promise<OpenFolder | null> {
    this.letGo();
    if (this.#sharedSince === mounts.changes) return null;
    const open = await OpenFolder.open(this.folder.path, mounts);
    this.letGo();
    this.#open = open;
    this.#sharedSince = open === null ? mounts.changes : -1;
    return open;
  }

  /**
   * Whether the folder must be listed, now that its modification time is `mtimeMs`. `now`: monotonic clock, ms. `isSettled`: that time is
   * long enough ago for each later change to have another.
   */
  #isDue(
    { now, isSettled }: { readonly now: number; readonly isSettled: boolean },
    mtimeMs: number,
    { listMs, localListMs, unsettledMs }: ListLimits,
  ): boolean {
    if (mtimeMs !== this.#changedMs) {
      this.#changedMs = mtimeMs;
      this.#changeSeen = isSettled && this.#listed === -Infinity ? now - unsettledMs - 1 : now;
    }
    const isFinal = this.#listed > this.#changeSeen + unsettledMs;
    const longestMs = typeof this.#device === "number" && !this.#hasLinks ? localListMs : listMs;
    return !isFinal || this.isDirty || now >= this.#listed + longestMs;
  }
}

/** Null when the folder is missing or cannot be asked: listing it reports why. */
function factsNow(path: string): { readonly dev: number; readonly mtimeMs: number } | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}
