import { plainPath } from "../../reading/log-knowledge.ts";
import { bufferBytes } from "../../reading/read-size.ts";
import type { ContentPort } from "../bytes/byte-source.ts";
import type { FileHandles } from "../file-handles.ts";
import type { FollowLimits } from "../follow-options.ts";
import type { ShareTimeout } from "../share-timeout.ts";
import type { WatchedFolders } from "../watched-folders.ts";
import type { ReadBytes } from "./compare-content.ts";
import type { FileFactory } from "./file-factory.ts";
import type { FollowedFile } from "./followed-file.ts";
import type { OpenFolder } from "../open-folder.ts";
import { candidatesOf, identifyFile, isUnlike, type FileStart, type Identification } from "./identify-file.ts";
import type { KnownFiles } from "./known-files.ts";

const FORGET_EVERY_MS = 60_000;

/** The collections that a change of a file concerns. The clocks are those of `ContentPort`. */
interface Followed extends Pick<ContentPort, "wall" | "steady"> {
  readonly limits: FollowLimits;
  readonly shareTimeout: ShareTimeout;
  readonly handles: FileHandles;
  readonly known: KnownFiles;
  readonly factory: FileFactory;
  readonly folders: WatchedFolders;
}

/** Changes of followed files: a path holds another file, a file has another name, is gone, or is forgotten. */
export class FileChanges implements ContentPort {
  readonly wall: () => number;
  readonly steady: () => number;
  readonly shareTimeout: ShareTimeout;
  readonly handles: FileHandles;
  readonly bufferBytes: number;
  readonly #limits: FollowLimits;
  readonly #known: KnownFiles;
  readonly #factory: FileFactory;
  readonly #folders: WatchedFolders;
  #forgetAfterMs = -Infinity;

  constructor({ limits, wall, steady, shareTimeout, handles, known, factory, folders }: Followed) {
    this.wall = wall;
    this.steady = steady;
    this.shareTimeout = shareTimeout;
    this.handles = handles;
    this.bufferBytes = bufferBytes(limits.maxLineBytes);
    this.#limits = limits;
    this.#known = known;
    this.#factory = factory;
    this.#folders = folders;
  }

  recognise(file: FollowedFile, read: ReadBytes): Promise<Identification> {
    this.#forgetUnread(file);
    const known = { gone: this.#known.goneOn(file.server), present: this.#known.presentOn(file.server) };
    return identifyFile(file, read, { known, settleTimes: this.#limits, nowMs: this.steady() });
  }

  isCertainlyNew(file: FollowedFile, start: FileStart): boolean {
    return !this.#known.hasGone(file.server) && isUnlike(file, start, this.#known.presentOn(file.server));
  }

  folderOf(file: FollowedFile): OpenFolder | null {
    return this.#folders.watchOf(file)?.open ?? null;
  }

  packedBefore(fresh: FollowedFile, start: FileStart): readonly FollowedFile[] {
    this.#forgetUnread(fresh);
    return candidatesOf(fresh, start, this.#known.goneOn(fresh.server));
  }

  /** The path of `file` holds another file now: creates that one, and marks `file` as gone. */
  replace(file: FollowedFile): FollowedFile {
    const watch = this.#folders.watchOf(file);
    if (watch === undefined)
      throw new Error(`Cannot replace ${file.server}/${file.location.relPath}: its folder is not watched`);
    const fresh = this.#factory.create(watch, file.location, file.generation + 1);
    this.#known.markGone(file, this.steady());
    this.#known.add(fresh);
    watch.files.set(file.location.name, fresh);
    return fresh;
  }

  /**
   * Forgets gone files of which nothing was read, if `fresh` is the same file or its packed form: they have no offset to resume from.
   */
  #forgetUnread(fresh: FollowedFile): void {
    const path = plainPath(fresh.location.relPath);
    for (const file of this.#known.goneOn(fresh.server)) {
      const isSame = fresh.isPacked
        ? file.location.relPath === path
        : fresh.fileId !== null && file.fileId === fresh.fileId;
      if (file === fresh || file.reader.offset > 0 || !isSame) continue;
      this.handles.close(file);
      this.#known.forget(file);
    }
  }

  /** `fresh` is the known file `known`: moves its handle and location to `known`, and forgets `fresh`. */
  adopt(fresh: FollowedFile, known: FollowedFile): void {
    known.fileId = fresh.fileId;
    known.nextCheckMs = 0;
    if (known.state === "finished" && !fresh.isPacked) known.become("followed");
    this.handles.move(fresh, known);
    this.#known.forget(fresh);
    // The new name may be gone by now, too.
    if (fresh.goneAtMs !== null) return;
    known.location = fresh.location;
    this.#known.markPresent(known);
    this.#folders.watchOf(known)?.files.set(known.location.name, known);
  }

  /**
   * A deleted file with nothing left to read: its last line will never get its line end, so it counts as `partial`. Not while its folder
   * is missing: that may come back, with all of its files.
   */
  concludeGone(): void {
    for (const file of [...this.#known.gone()]) {
      if (this.handles.has(file)) continue;
      this.handles.close(file);
      if (this.#folders.watchOf(file)?.isMissing === false) file.reader.abandonPending();
      if (file.isUnidentified) this.#known.forget(file);
    }
  }

  /** Forgets, once a minute, files beyond the time and the number that are remembered. */
  forget(nowMs: number): void {
    if (nowMs < this.#forgetAfterMs) return;
    this.#forgetAfterMs = nowMs + FORGET_EVERY_MS;
    const floorMs = nowMs - this.#limits.retentionMs;
    const excess = this.#known.size - this.#limits.maxFiles;
    const gone = [...this.#known.gone()].filter((file) => !this.handles.has(file));
    gone.forEach((file, at) => {
      if (Math.max(file.goneAtMs ?? 0, file.firstSeenMs) < floorMs || at < excess) this.#known.forget(file);
    });
    for (const watch of this.#folders) {
      for (const [name, file] of watch.files) {
        // The clock may have been wrong at the restart: forget only files that this process itself has seen at rest for that long.
        if (file.firstSeenMs >= floorMs) continue;
        if (!file.isOver(floorMs) || file.lastGrowthMs >= floorMs || file.nextCheckMs === 0) continue;
        this.handles.close(file);
        this.#known.forget(file);
        watch.files.delete(name);
        watch.ignored.add(name);
      }
      watch.nameFloorMs = Math.max(watch.nameFloorMs, floorMs);
    }
  }
}
