import type { AnswerGuard } from "./answer-guard.ts";
import { fileError, reasonOf, type FileError } from "../reading/file-error.ts";
import type { FileMaking } from "./identity/file-making.ts";
import { FolderWatch, type FolderRecord } from "./folder-watch.ts";
import type { FollowedFile } from "./identity/followed-file.ts";
import type { FollowLimits, FollowTarget } from "./follow-options.ts";
import type { KnownFiles } from "./identity/known-files.ts";
import { findFarmFolders, type FarmFolders, type LogFolder } from "../reading/log-folders.ts";
import { isGzipPath, plainPath, type LogKnowledge } from "../reading/log-knowledge.ts";

/** What a look at the folders found. */
export interface FolderChanges {
  /** Names that were there before and are no longer. */
  readonly missing: FollowedFile[];
  /** Names that were not. */
  readonly fresh: FollowedFile[];
  /** Files whose names may hold another file by now. */
  readonly doubtful: FollowedFile[];
  readonly errors: FileError[];
}

export interface WatchedFoldersOptions {
  readonly target: FollowTarget;
  readonly knowledge: LogKnowledge;
  readonly limits: FollowLimits;
  readonly lookbackMs: number;
  readonly guard: AnswerGuard;
  readonly making: FileMaking;
  readonly known: KnownFiles;
  /** Whether the file's handle is open. */
  readonly isOpen: (file: FollowedFile) => boolean;
}

/** The log folders that are watched, and what stands in them. */
export class WatchedFolders {
  readonly #options: WatchedFoldersOptions;
  readonly #watches = new Map<string, FolderWatch>();
  readonly #records: Map<string, FolderRecord>;
  /** Servers seen so far, those without a log among them. */
  readonly #servers = new Set<string>();
  /** Files of the state record whose folders were not listed yet, by server and path. */
  readonly #restored = new Map<string, FollowedFile>();
  #scanAfterMs = -Infinity;

  constructor(options: WatchedFoldersOptions, records: readonly FolderRecord[], restored: readonly FollowedFile[]) {
    this.#options = options;
    this.#records = new Map(records.map((record) => [`${record.server}/${record.as}`, record]));
    for (const file of restored) this.#restored.set(restoredKey(file.server, file.location.relPath), file);
  }

  get servers(): string[] {
    return [...this.#servers].sort();
  }

  [Symbol.iterator](): Iterator<FolderWatch> {
    return this.#watches.values();
  }

  watchOf(file: FollowedFile): FolderWatch | undefined {
    return this.#watches.get(file.location.folderKey);
  }

  records(): FolderRecord[] {
    const now = [...this.#watches.values()].map((watch) => watch.record());
    const before = [...this.#records.values()].filter(({ server, as }) => !this.#watches.has(`${server}/${as}`));
    return [...now, ...before];
  }

  /** Looks for new folders, and into those that may have changed. Errors are in what it gives. */
  async look(nowMs: number): Promise<FolderChanges> {
    const changes: FolderChanges = { missing: [], fresh: [], doubtful: [], errors: [] };
    await this.#scan(nowMs, changes.errors);
    for (const watch of this.#watches.values()) {
      const { server, as } = watch.folder;
      if (this.#options.guard.isStuck(server)) continue;
      try {
        const names = await watch.list(this.#options.guard, this.#options.limits.listMs);
        if (names !== null) this.#compare(watch, names, changes);
      } catch (error) {
        changes.errors.push(fileError(server, as, error));
      }
    }
    this.#addDoubtful(changes);
    return changes;
  }

  /** Where there are new names, any file of the server may have moved. */
  #addDoubtful(changes: FolderChanges): void {
    const fresh = new Set(changes.fresh);
    const servers = new Set(changes.fresh.map((file) => file.server));
    const doubtful = new Set(changes.doubtful);
    for (const watch of this.#watches.values()) {
      if (!servers.has(watch.folder.server)) continue;
      for (const file of watch.files.values()) if (!fresh.has(file)) doubtful.add(file);
    }
    changes.doubtful.splice(0, Infinity, ...doubtful);
  }

  async #scan(nowMs: number, errors: FileError[]): Promise<void> {
    const { target, limits, guard, knowledge } = this.#options;
    if (target.kind === "roots") {
      if (this.#watches.size === 0)
        this.#watchAll(
          target.roots.flatMap(({ server, folders }) => folders.map((folder) => ({ server, ...folder }))),
          nowMs,
        );
      return;
    }
    if (nowMs < this.#scanAfterMs || guard.isStuck(FARM)) return;
    this.#scanAfterMs = nowMs + limits.scanMs;
    try {
      const found = await guard.run(
        FARM,
        () => findFarmFolders(target.folder, knowledge),
        (late) => {
          this.#take(late, nowMs);
        },
      );
      this.#take(found, nowMs);
      errors.push(...found.errors);
    } catch (error) {
      errors.push({
        server: "",
        file: "",
        message: `Cannot read the farm folder "${target.folder}": ${reasonOf(error)}`,
      });
    }
  }

  #take({ servers, folders }: FarmFolders, nowMs: number): void {
    for (const server of servers) if (isWanted(server, this.#options.target)) this.#servers.add(server);
    this.#watchAll(folders, nowMs);
  }

  #watchAll(folders: readonly LogFolder[], nowMs: number): void {
    for (const folder of folders) {
      const key = `${folder.server}/${folder.as}`;
      if (this.#watches.has(key) || !isWanted(folder.server, this.#options.target)) continue;
      const floorMs = nowMs - this.#options.lookbackMs;
      const record = this.#records.get(key);
      this.#servers.add(folder.server);
      this.#watches.set(key, new FolderWatch(folder, record?.sinceMs ?? floorMs, record?.nameFloorMs ?? floorMs));
    }
  }

  #compare(watch: FolderWatch, names: readonly string[], changes: FolderChanges): void {
    const present = new Set(names);
    for (const [name, file] of watch.files) {
      if (present.has(name)) continue;
      watch.files.delete(name);
      changes.missing.push(file);
    }
    for (const name of watch.ignored) if (!present.has(name)) watch.ignored.delete(name);
    const fresh = this.#takeNewNames(watch, names, changes.errors);
    for (const [key, file] of this.#restored) {
      if (file.location.folderKey !== watch.key) continue;
      this.#restored.delete(key);
      changes.missing.push(file);
    }
    changes.fresh.push(...fresh);
    changes.doubtful.push(...[...watch.files.values()].filter((file) => this.#options.isOpen(file)));
  }

  #takeNewNames(watch: FolderWatch, names: readonly string[], errors: FileError[]): FollowedFile[] {
    const { making, known, limits } = this.#options;
    const lowerNames = new Set(names.map((name) => name.toLowerCase()));
    const fresh: FollowedFile[] = [];
    for (const name of names) {
      if (watch.files.has(name) || watch.ignored.has(name)) continue;
      if (isGzipPath(name) && lowerNames.has(plainPath(name).toLowerCase())) continue;
      const location = making.locationOf(watch, name);
      const key = restoredKey(watch.folder.server, location?.relPath ?? "");
      const restored = this.#restored.get(key);
      if (location !== null && restored !== undefined) {
        this.#restored.delete(key);
        restored.location = location;
        watch.files.set(name, restored);
      } else if (
        location === null ||
        (location.endMs !== null && location.endMs < Math.max(watch.sinceMs, watch.nameFloorMs))
      ) {
        watch.ignored.add(name);
      } else if (known.size >= limits.maxFiles) {
        errors.push({
          server: watch.folder.server,
          file: location.relPath,
          message: `Cannot follow ${watch.key}/${name}: more than ${String(limits.maxFiles)} files`,
        });
      } else {
        const file = making.create(watch, location, this.#generationOf(watch.folder.server, location.relPath));
        known.add(file);
        watch.files.set(name, file);
        fresh.push(file);
      }
    }
    return fresh;
  }

  /** How many files stood at the path before, as far as they are remembered. */
  #generationOf(server: string, relPath: string): number {
    const plain = plainPath(relPath);
    return Math.max(
      0,
      ...this.#options.known
        .goneOn(server)
        .filter((file) => plainPath(file.location.relPath) === plain)
        .map((file) => file.generation + 1),
    );
  }

  /** Files of the state record whose folders are not watched any more. */
  takeOrphans(): FollowedFile[] {
    const orphans = [...this.#restored].filter(([, file]) => !this.#watches.has(file.location.folderKey));
    for (const [key] of orphans) this.#restored.delete(key);
    return orphans.map(([, file]) => file);
  }
}

function isWanted(server: string, target: FollowTarget): boolean {
  const servers = target.kind === "farm" ? (target.servers ?? []) : [];
  return servers.length === 0 || servers.some((wanted) => wanted.toLowerCase() === server.toLowerCase());
}

/** Stands for the farm folder where a server's name is asked for; no folder can be named so. */
const FARM = "/";

function restoredKey(server: string, relPath: string): string {
  return `${server}/${relPath}`;
}
