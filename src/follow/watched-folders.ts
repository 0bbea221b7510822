import { stat } from "node:fs/promises";
import { NoAnswerError, type ShareTimeout } from "./share-timeout.ts";
import { currentStartMs } from "./due-files.ts";
import { fileError, systemReasonOf, type FileError } from "../reading/file-error.ts";
import type { FileFactory } from "./identity/file-factory.ts";
import { FolderWatch, type FolderRecord } from "./folder-watch.ts";
import { LocalFolders } from "./local-disks.ts";
import { mostOpenFolders } from "./open-folder.ts";
import { EventLoopYield } from "../reading/event-loop-yield.ts";
import type { FileLocation, FollowedFile } from "./identity/followed-file.ts";
import type { FollowLimits, FollowTarget } from "./follow-options.ts";
import type { KnownFiles } from "./identity/known-files.ts";
import { findFoldersOf, listFarm, type FarmFolders, type LogFolder } from "../reading/log-folders.ts";
import { isGzipPath, plainPath, type LogKnowledge } from "../reading/log-knowledge.ts";
import { DAY_MS } from "../model/durations.ts";

/** What the last listing of the folders found. */
export interface FolderChanges {
  /** Files whose names are gone. */
  readonly missing: FollowedFile[];
  /** Files with new names. */
  readonly fresh: FollowedFile[];
  /** Files whose names may hold another file by now. */
  readonly toRecheck: FollowedFile[];
  readonly errors: FileError[];
}

export interface WatchedFoldersOptions {
  readonly target: FollowTarget;
  readonly knowledge: LogKnowledge;
  readonly limits: FollowLimits;
  readonly lookbackMs: number;
  readonly shareTimeout: ShareTimeout;
  readonly factory: FileFactory;
  readonly known: KnownFiles;
  /** Whether the file's handle is open. */
  readonly isOpen: (file: FollowedFile) => boolean;
}

/** The watched log folders and the files in them. */
export class WatchedFolders {
  readonly #options: WatchedFoldersOptions;
  readonly #localFolders = new LocalFolders();
  readonly #watches = new Map<string, FolderWatch>();
  readonly #records: Map<string, FolderRecord>;
  /** Servers seen so far, those without a log among them. */
  readonly #servers = new Set<string>();
  /** Files of the state record whose folders have not been listed yet, by server and path. */
  readonly #restored = new Map<string, FollowedFile>();
  /** The watches by server; null after one was added. */
  #byServer: readonly (readonly FolderWatch[])[] | null = null;
  /** When servers take turns: index of the next server, and the time of the last poll. */
  #nextServer = 0;
  #lookedMs = -Infinity;
  /** The servers in turn in the last poll; null when all were. */
  #inTurn: ReadonlySet<string> | null = null;
  #scanAfterMs = -Infinity;
  /** Searches for new log folders in turns, so far. */
  #searches = 0;
  readonly #mostOpen = mostOpenFolders();
  /** A server did not answer in time while it was listed. */
  #isLate = false;
  /** Folders that are kept open. */
  readonly #open = new Set<FolderWatch>();
  #farmFault: string | null = "it has not been listed yet";

  constructor(options: WatchedFoldersOptions, records: readonly FolderRecord[], restored: readonly FollowedFile[]) {
    this.#options = options;
    this.#records = new Map(records.map((record) => [`${record.server}/${record.as}`, record]));
    for (const file of restored) this.#restored.set(restoredKey(file.server, file.location.relPath), file);
  }

  get servers(): string[] {
    return [...this.#servers].sort();
  }

  /** Why the farm folder could not be listed the last time; null when it was listed, or when log folders are named one by one. */
  get farmFault(): string | null {
    return this.#options.target.kind === "farm" ? this.#farmFault : null;
  }

  /** Servers with at least one log file, as of the last listing. */
  serversWithLogs(): ReadonlySet<string> {
    return new Set(
      [...this.#watches.values()].filter(({ files }) => files.size > 0).map(({ folder }) => folder.server),
    );
  }

  /** True when the server has at least one log file, as of the last listing. */
  hasLogs(server: string): boolean {
    for (const { files, folder } of this.#watches.values()) if (files.size > 0 && folder.server === server) return true;
    return false;
  }

  /** True when the server was in turn in the last poll. */
  isInTurn(server: string): boolean {
    return this.#inTurn === null || this.#inTurn.has(server);
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

  /**
   * Finds new folders, and lists those that may have changed. `nowMs` is for intervals, `wallMs` is the wall clock (both Unix ms). Errors
   * are returned, not thrown.
   */
  async look(nowMs: number, wallMs: number): Promise<FolderChanges> {
    const changes: FolderChanges = { missing: [], fresh: [], toRecheck: [], errors: [] };
    await this.#scan(nowMs, wallMs, changes.errors);
    for (const watch of this.#watches.values()) this.#boundFloor(watch, wallMs);
    const listed: Listed[] = [];
    const others = await this.#listLocal(this.#serversInTurn(nowMs), listed);
    const listings = await Promise.all(others.map((watches) => this.#list(watches, changes.errors)));
    // Servers that hang since the listing began are found out now, not at the next poll.
    if (this.#isLate) await this.askAll();
    this.#isLate = false;
    for (const { watch, names } of [...listed, ...listings.flat()]) this.#compare(watch, { names, wallMs }, changes);
    this.#addDoubtful(changes);
    return changes;
  }

  /** Closes the folders, which are open since they were listed. */
  letGo(): void {
    for (const watch of this.#open) watch.letGo();
    this.#open.clear();
  }

  /** Asks all servers at once whether they answer. Called after a time-out: if others hang too, the poll need not wait for each in turn. */
  async askAll(): Promise<void> {
    const { shareTimeout } = this.#options;
    await Promise.all(
      this.#watchesByServer().map(async ([first]) => {
        if (first !== undefined && !shareTimeout.isHanging(first.folder.server))
          await shareTimeout.ask(first.folder.server, () => stat(first.folder.path));
      }),
    );
  }

  #watchesByServer(): readonly (readonly FolderWatch[])[] {
    this.#byServer ??= [...Map.groupBy(this.#watches.values(), ({ folder }) => folder.server).values()];
    return this.#byServer;
  }

  /**
   * The servers whose folders are listed now: all when there are few folders. Otherwise as many as it takes for each to have its turn
   * within `lookMs`, and those with a folder marked as dirty.
   */
  #serversInTurn(nowMs: number): (readonly FolderWatch[])[] {
    const servers = this.#watchesByServer();
    const { foldersPerPoll, lookMs } = this.#options.limits;
    const sinceMs = nowMs - this.#lookedMs;
    this.#lookedMs = nowMs;
    const share = Math.max(foldersPerPoll / Math.max(1, this.#watches.size), sinceMs / lookMs);
    this.#inTurn = null;
    if (share >= 1) return [...servers];
    const count = Math.ceil(servers.length * share);
    const first = this.#nextServer % servers.length;
    this.#nextServer = (first + count) % servers.length;
    const isInTurn = (at: number): boolean => (at - first + servers.length) % servers.length < count;
    const chosen = servers.filter((watches, at) => isInTurn(at) || watches.some(({ isDirty }) => isDirty));
    this.#inTurn = new Set(chosen.flatMap(([first]) => (first === undefined ? [] : [first.folder.server])));
    return chosen;
  }

  /**
   * Lists the folders on local disks that may have changed, and adds them to `listed`. Returns the others, by server: to ask them may take
   * waiting for a share.
   */
  async #listLocal(
    servers: readonly (readonly FolderWatch[])[],
    listed: Listed[],
  ): Promise<(readonly FolderWatch[])[]> {
    const { limits, shareTimeout } = this.#options;
    const others: (readonly FolderWatch[])[] = [];
    const listing = { limits, localFolders: this.#localFolders };
    const eventLoop = new EventLoopYield();
    this.#localFolders.checkMounts();
    for (const watches of servers) {
      const doubtful = watches.filter((watch) => {
        if (watch.isUnchanged(listing)) return false;
        const names = shareTimeout.isHanging(watch.folder.server) ? undefined : watch.listAtOnce(listing);
        if (names === undefined) return true;
        this.#keepOpen(watch);
        if (names !== null) listed.push({ watch, names });
        return false;
      });
      if (doubtful.length > 0) others.push(doubtful);
      if (!eventLoop.isDue) continue;
      await eventLoop.ifDue();
      this.#localFolders.checkMounts();
    }
    return others;
  }

  /** Lists the folders of one server that may have changed. */
  async #list(watches: readonly FolderWatch[], errors: FileError[]): Promise<Listed[]> {
    const { shareTimeout, limits } = this.#options;
    const listed: Listed[] = [];
    for (const watch of watches) {
      const { server, as } = watch.folder;
      if (shareTimeout.isHanging(server)) break;
      try {
        const names = await watch.list({ shareTimeout, limits, localFolders: this.#localFolders });
        this.#keepOpen(watch);
        if (names !== null) listed.push({ watch, names });
      } catch (error) {
        errors.push(fileError(server, as, error));
        this.#isLate ||= error instanceof NoAnswerError;
      }
    }
    return listed;
  }

  /** A folder that was listed stays open, as far as the system allows. */
  #keepOpen(watch: FolderWatch): void {
    if (this.#open.size < this.#mostOpen) this.#open.add(watch);
    else if (!this.#open.has(watch)) watch.letGo();
  }

  /** A new name may be a renamed file: all files of its server must be checked again. */
  #addDoubtful(changes: FolderChanges): void {
    const fresh = new Set(changes.fresh);
    const servers = new Set(changes.fresh.map((file) => file.server));
    const toRecheck = new Set(changes.toRecheck);
    for (const watch of this.#watches.values()) {
      if (!servers.has(watch.folder.server)) continue;
      for (const file of watch.files.values()) if (!fresh.has(file)) toRecheck.add(file);
    }
    changes.toRecheck.splice(0, Infinity, ...toRecheck);
  }

  async #scan(nowMs: number, wallMs: number, errors: FileError[]): Promise<void> {
    const { target, limits, shareTimeout } = this.#options;
    if (target.kind === "roots") {
      if (this.#watches.size === 0)
        this.#watchAll(
          target.roots.flatMap(({ server, folders }) => folders.map((folder) => ({ server, ...folder }))),
          wallMs,
        );
      return;
    }
    if (nowMs < this.#scanAfterMs || shareTimeout.isHanging(FARM)) return;
    this.#scanAfterMs = nowMs + limits.scanMs;
    try {
      const names = await shareTimeout.run(FARM, () => listFarm(target.folder));
      this.#farmFault = null;
      const wanted = names.filter((name) => isWanted(name, target) && !shareTimeout.isHanging(name));
      const searched = this.#serversToSearch(wanted);
      for (const { servers, folders, errors: faults } of await Promise.all(
        searched.map((server) => this.#scanServer(target.folder, server, wallMs)),
      )) {
        this.#take({ servers, folders }, wallMs);
        errors.push(...faults);
      }
    } catch (error) {
      this.#farmFault = systemReasonOf(error);
      errors.push({
        server: "",
        file: "",
        message: `Cannot read the farm folder "${target.folder}": ${systemReasonOf(error)}`,
      });
    }
  }

  /**
   * The servers searched for new log folders now: all when there are few folders. Otherwise a sixth of those whose folders are known, and
   * all others, whose first log may have come.
   */
  #serversToSearch(servers: readonly string[]): readonly string[] {
    if (this.#watches.size <= this.#options.limits.foldersPerPoll) return servers;
    this.#searches += 1;
    const known = new Set(this.#watchesByServer().flatMap(([first]) => first?.folder.server ?? []));
    return servers.filter((name, at) => !known.has(name) || at % SEARCH_TURNS === this.#searches % SEARCH_TURNS);
  }

  /** Errors are returned, not thrown. A folder that does not answer counts as a server. */
  async #scanServer(farm: string, server: string, wallMs: number): Promise<FarmFolders> {
    const { shareTimeout, knowledge } = this.#options;
    try {
      return await shareTimeout.run(
        server,
        () => findFoldersOf(farm, server, knowledge),
        (late) => {
          this.#take(late, wallMs);
        },
      );
    } catch (error) {
      const servers = error instanceof NoAnswerError ? [server] : [];
      return { servers, folders: [], errors: [fileError(server, "", error)] };
    }
  }

  #take({ servers, folders }: Pick<FarmFolders, "servers" | "folders">, wallMs: number): void {
    for (const server of servers) if (isWanted(server, this.#options.target)) this.#servers.add(server);
    this.#watchAll(folders, wallMs);
  }

  #watchAll(folders: readonly LogFolder[], wallMs: number): void {
    for (const folder of folders) {
      const key = `${folder.server}/${folder.as}`;
      if (this.#watches.has(key) || !isWanted(folder.server, this.#options.target)) continue;
      const floorMs = wallMs - this.#options.lookbackMs;
      const record = this.#records.get(key);
      this.#servers.add(folder.server);
      this.#byServer = null;
      this.#watches.set(key, new FolderWatch(folder, record?.sinceMs ?? floorMs, record?.nameFloorMs ?? floorMs));
    }
  }

  /**
   * If the clock was ahead when the folder was first seen, current rows would be left out: lowers the floor to shortly before now, so
   * that they are read. Not lower, so that setting the clock back does not bring back rows of the past.
   */
  #boundFloor(watch: FolderWatch, wallMs: number): void {
    if (watch.sinceMs > wallMs) watch.lowerFloor(wallMs - Math.min(this.#options.lookbackMs, LATE_ROWS_MS));
  }

  #compare(watch: FolderWatch, { names, wallMs }: Listing, changes: FolderChanges): void {
    const present = new Set(names);
    for (const [name, file] of watch.files) {
      if (present.has(name)) continue;
      watch.files.delete(name);
      changes.missing.push(file);
    }
    for (const name of watch.ignored) if (!present.has(name)) watch.ignored.delete(name);
    const fresh = this.#takeNewNames(watch, { names, wallMs }, changes.errors);
    for (const [key, file] of this.#restored) {
      if (file.location.folderKey !== watch.key) continue;
      this.#restored.delete(key);
      changes.missing.push(file);
    }
    changes.fresh.push(...fresh);
    changes.toRecheck.push(
      ...[...watch.files.values()].filter((file) => file.state === "finished" || this.#options.isOpen(file)),
    );
  }

  #takeNewNames(watch: FolderWatch, { names, wallMs }: Listing, errors: FileError[]): FollowedFile[] {
    const { factory, known, limits } = this.#options;
    const lowerNames = new Set(names.map((name) => name.toLowerCase()));
    const fresh: FollowedFile[] = [];
    const isClockBehind = wallMs < Math.max(watch.sinceMs, watch.nameFloorMs);
    const currentMs = currentStartMs(watch.files.values());
    for (const name of names) {
      if (watch.files.has(name) || (watch.ignored.has(name) && !isClockBehind)) continue;
      if (isGzipPath(name) && lowerNames.has(plainPath(name).toLowerCase())) continue;
      const location = factory.locationOf(watch, name);
      const key = restoredKey(watch.folder.server, location?.relPath ?? "");
      const restored = this.#restored.get(key);
      if (location !== null && restored !== undefined) {
        this.#restored.delete(key);
        restored.location = location;
        watch.files.set(name, restored);
      } else if (
        location === null ||
        (isLongOver(watch, location) && !isOfNow(location, wallMs) && !isNewest(location, currentMs))
      ) {
        watch.ignored.add(name);
      } else if (known.size >= limits.maxFiles) {
        errors.push({
          server: watch.folder.server,
          file: location.relPath,
          message: `Cannot follow ${watch.key}/${name}: more than ${String(limits.maxFiles)} files`,
        });
      } else {
        const file = factory.create(watch, location, this.#generationOf(watch.folder.server, location.relPath));
        known.add(file);
        watch.files.set(name, file);
        fresh.push(file);
      }
    }
    return fresh;
  }

  /** How many files had this path before, as far as they are remembered. */
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

  /** Returns, once, the files of the state record whose folders are not watched any more. */
  takeOrphans(): FollowedFile[] {
    const orphans = [...this.#restored].filter(([, file]) => !this.#watches.has(file.location.folderKey));
    for (const [key] of orphans) this.#restored.delete(key);
    return orphans.map(([, file]) => file);
  }
}

function isWanted(server: string, target: FollowTarget): boolean {
  if (target.kind === "roots") return true;
  const isNamed = (names: readonly string[]): boolean =>
    names.some((name) => name.toLowerCase() === server.toLowerCase());
  const { servers = [], retired = [] } = target;
  return (servers.length === 0 || isNamed(servers)) && !isNamed(retired);
}

/** Where there are many folders, each server is searched for new ones in one of so many searches. */
const SEARCH_TURNS = 6;

interface Listing {
  readonly names: readonly string[];
  readonly wallMs: number;
}

/** A folder, and the names of the files in it. */
interface Listed {
  readonly watch: FolderWatch;
  readonly names: readonly string[];
}

/** Longest delay of a row in a log that is written in buffers, ms. */
const LATE_ROWS_MS = 300_000;

function isLongOver(watch: FolderWatch, { endMs }: FileLocation): boolean {
  return endMs !== null && endMs < Math.max(watch.sinceMs, watch.nameFloorMs);
}

/** True when, by its name, the file may be written at this time of the wall clock. */
function isOfNow({ startMs, endMs }: FileLocation, wallMs: number): boolean {
  return startMs !== null && endMs !== null && startMs < wallMs + DAY_MS && endMs > wallMs - LATE_ROWS_MS;
}

/** True when the file is newer, by its name, than those being written in the folder: then it is read whatever the clock says. */
function isNewest({ startMs }: FileLocation, currentMs: number): boolean {
  return currentMs > -Infinity && (startMs ?? 0) > currentMs;
}

/** Used for the farm folder where a server's name is expected; no folder can have this name. */
export const FARM = "/";

function restoredKey(server: string, relPath: string): string {
  return `${server}/${relPath}`;
}
