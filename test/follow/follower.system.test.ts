import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "@jest/globals";
import { createFollower, type Follower, type PollReport } from "../../src/follow/follower.ts";
import type { FollowerOptions } from "../../src/follow/follow-options.ts";
import type { FollowState } from "../../src/follow/follow-state.ts";
import { FATE_AT } from "../../src/reading/ledger.ts";
import { stateOf } from "./state-of.ts";
import { tempFolders, writeTree } from "../reading/temp-folder.ts";
import { RowCollector, TINY_KNOWLEDGE } from "../reading/tiny-format.ts";
import { clockOf } from "../model/test-clock.ts";

const newFolder = tempFolders();
const followers: Follower[] = [];
afterEach(async () => {
  for (const follower of followers.splice(0)) await follower.close();
});

const SITE = "EX01/LogFiles/W3SVC1";
const HOUR = 3_600_000;

/** A farm, its follower, and a clock that only the test advances. */
class Scene {
  readonly farm = newFolder();
  nowMs = 100 * HOUR;
  collector = new RowCollector();
  follower: Follower;
  readonly #options: Partial<FollowerOptions>;

  constructor(options: Partial<FollowerOptions> = {}) {
    this.#options = options;
    this.follower = this.start();
  }

  start(state?: FollowState): Follower {
    const made = createFollower({
      target: { kind: "farm", folder: this.farm },
      knowledge: TINY_KNOWLEDGE,
      sink: {
        row: (...row) => {
          this.collector.row(...row);
        },
        advance: (atMs) => {
          this.collector.advance(atMs);
        },
      },
      lookbackMs: 200 * HOUR,
      clock: clockOf(() => this.nowMs),
      ...this.#options,
      ...(state === undefined ? {} : { state }),
    });
    followers.push(made);
    return made;
  }

  /** Restarts like a new process, with the stored state. */
  async restart(state: FollowState = stateOf(this.follower)): Promise<void> {
    await this.follower.close();
    this.follower = this.start(state);
  }

  path(name: string): string {
    return join(this.farm, SITE, name);
  }

  write(name: string, text: string | Buffer): void {
    writeTree(this.farm, { [`${SITE}/${name}`]: text });
  }

  append(name: string, text: string): void {
    appendFileSync(this.path(name), text);
  }

  /** Rows since the last poll. */
  async poll(): Promise<number[]> {
    await this.report();
    return this.collector.rows.splice(0).map(({ key }) => key);
  }

  async report(): Promise<PollReport> {
    const report = await this.follower.poll();
    expect(this.follower.unaccountedBytes()).toBe(0);
    return report;
  }

  /** Polls until no file that may be a known one is waited for. */
  async settle(): Promise<number[]> {
    const keys = await this.poll();
    this.nowMs += 11_000;
    return [...keys, ...(await this.poll())];
  }
}

/** A log long enough to fill the fingerprint's head. */
function longLog(from: number, count = 100): string {
  return (
    "#Fields " +
    `${String(from)}\n${Array.from({ length: count }, (_, at) => `${String(1000 + at)} ${String(from + at)} text\n`).join("")}`
  );
}

function span(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => from + at);
}

describe("a follower", () => {
  test("reads the existing content, and then appended lines", async () => {
    const scene = new Scene();
    scene.write("a.log", "#Fields a\n1 1\n2 2\n3");
    expect(await scene.poll()).toEqual([1, 2]);
    expect(await scene.poll()).toEqual([]);
    scene.append("a.log", " 3\n4 4\n");
    expect(await scene.poll()).toEqual([3, 4]);
    scene.write("b.log", "5 5\n");
    expect(await scene.poll()).toEqual([5]);
  });

  test("checks the folders of many servers in turns, and reads open files at every poll", async () => {
    const scene = new Scene({ limits: { foldersPerPoll: 1, lookMs: 4_000 } });
    const servers = ["EX01", "EX02", "EX03", "EX04"];
    servers.forEach((server, at) => {
      writeTree(scene.farm, { [`${server}/LogFiles/W3SVC1/a.log`]: `#Fields a\n1 ${String(at)}\n` });
    });
    expect(await scene.poll()).toEqual([0, 1, 2, 3]);
    servers.forEach((server, at) => {
      writeTree(scene.farm, { [`${server}/LogFiles/W3SVC1/b.log`]: `#Fields b\n2 ${String(10 + at)}\n` });
      appendFileSync(join(scene.farm, server, "LogFiles/W3SVC1/a.log"), `2 ${String(20 + at)}\n`);
    });
    const seen: number[][] = [];
    for (let second = 0; second < 4; second++) {
      scene.nowMs += 1_000;
      seen.push(await scene.poll());
    }
    expect(seen[0]?.filter((key) => key >= 20)).toEqual([20, 21, 22, 23]);
    expect(seen.map((keys) => keys.filter((key) => key < 20).length)).toEqual([1, 1, 1, 1]);
  });

  test("with many folders, reads an idle file in its server's turn", async () => {
    const scene = new Scene({ limits: { foldersPerPoll: 1, lookMs: 4_000 } });
    const servers = ["EX01", "EX02", "EX03", "EX04"];
    const append = (server: string, row: string): void => {
      appendFileSync(join(scene.farm, server, "LogFiles/W3SVC1/a.log"), row);
    };
    for (const server of servers) writeTree(scene.farm, { [`${server}/LogFiles/W3SVC1/a.log`]: "#Fields a\n1 0\n" });
    await scene.poll();
    scene.nowMs += 61_000;
    expect(await scene.poll()).toEqual([]);
    servers.forEach((server, at) => {
      append(server, `2 ${String(1 + at)}\n`);
    });
    const seen: number[][] = [];
    for (let second = 0; second < 4; second++) {
      scene.nowMs += 1_000;
      seen.push(await scene.poll());
    }
    expect(seen.map((keys) => keys.length)).toEqual([1, 1, 1, 1]);
    // The file is no longer idle.
    for (const server of servers) append(server, "3 9\n");
    scene.nowMs += 1_000;
    expect(await scene.poll()).toEqual([9, 9, 9, 9]);
  });

  test("with many folders, searches known servers for new log folders in turns, and new servers at once", async () => {
    const scene = new Scene({ limits: { foldersPerPoll: 1, lookMs: 0, scanMs: 1_000 } });
    const write = (server: string, site: string, key: number): void => {
      writeTree(scene.farm, { [`${server}/LogFiles/${site}/a.log`]: `#Fields ${server} ${site}\n1 ${String(key)}\n` });
    };
    const known = Array.from({ length: 12 }, (_, at) => `EX${String(10 + at)}`);
    known.forEach((server, at) => {
      write(server, "W3SVC1", at);
    });
    expect(await scene.poll()).toHaveLength(12);
    known.forEach((server, at) => {
      write(server, "W3SVC2", 100 + at);
    });
    write("EX99", "W3SVC1", 99);
    const seen: number[][] = [];
    for (let search = 0; search < 6; search++) {
      scene.nowMs += 1_000;
      seen.push(await scene.poll());
    }
    expect(seen[0]).toContain(99);
    expect(seen.map((keys) => keys.filter((key) => key >= 100).length)).toEqual([2, 2, 2, 2, 2, 2]);
  });

  test("knows the servers without a log, whose logs may appear later", async () => {
    const scene = new Scene();
    scene.write("a.log", "1 1\n");
    mkdirSync(join(scene.farm, "EX02"));
    mkdirSync(join(scene.farm, "EX03/Logging"), { recursive: true });
    mkdirSync(join(scene.farm, "notes/2026"), { recursive: true });
    mkdirSync(join(scene.farm, "snapshots"));
    await scene.poll();
    expect(scene.follower.servers()).toEqual(["EX01", "EX02", "EX03"]);
  });

  test("accounts for each existing file, sorted by path", async () => {
    const scene = new Scene();
    scene.write("b.log", "5 5\nrubbish\n7");
    scene.write("a.log", "#Fields a\n1 1\n");
    scene.write("gone.log", "8 8\n");
    await scene.settle();
    unlinkSync(scene.path("gone.log"));
    await scene.settle();
    expect(scene.follower.accounts()).toEqual([
      { server: "EX01", file: "LogFiles/W3SVC1/a.log", bytes: 14, counted: 14, skipped: 0, rows: 1 },
      { server: "EX01", file: "LogFiles/W3SVC1/b.log", bytes: 12, counted: 4, skipped: 8, rows: 1 },
    ]);
  });

  test("reads several growing files of one folder in order of time", async () => {
    const scene = new Scene();
    scene.write("a.log", "1 1\n4000000 4\n");
    scene.write("b.log", "2 2\n3000000 3\n9000000 6\n");
    scene.write("c.log", "5000000 5\n");
    expect(await scene.poll()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("follows individually configured roots", async () => {
    const folder = newFolder();
    writeTree(folder, { "logs/a.log": "1 1\n", "more/b.log": "2 2\n" });
    const folders = [
      { path: join(folder, "logs"), as: "LogFiles/W3SVC1" },
      { path: join(folder, "more"), as: "Logging/Ews" },
      { path: join(folder, "none"), as: "LogFiles/HTTPERR" },
    ];
    const scene = new Scene({ target: { kind: "roots", roots: [{ server: "EX07", folders }] } });
    const report = await scene.report();
    expect(report).toMatchObject({ isCaughtUp: true, errors: [], bytes: 8 });
    expect(scene.collector.rows.map(({ server, key }) => [server, key])).toEqual([
      ["EX07", 1],
      ["EX07", 2],
    ]);
    expect(scene.follower.servers()).toEqual(["EX07"]);
  });

  test("finds servers and folders that are created later", async () => {
    const scene = new Scene();
    expect(await scene.poll()).toEqual([]);
    writeTree(scene.farm, { "EX02/Logging/Ews/a.log": "1 1\n" });
    scene.nowMs += 10_000;
    expect(await scene.poll()).toEqual([1]);
    expect(scene.follower.servers()).toEqual(["EX02"]);
  });

  test("reads the rest of a deleted file, and gives up a last line without a line end", async () => {
    const scene = new Scene();
    scene.write("a.log", "1 1\n");
    await scene.poll();
    scene.append("a.log", "2 2\n3 3\n4");
    unlinkSync(scene.path("a.log"));
    expect(await scene.poll()).toEqual([2, 3]);
    const { ledger } = scene.follower.stats()[0]!;
    expect([ledger.pending, ledger.bytesRead, ledger.lines[6]]).toEqual([0, 13, 1]);
    expect((await scene.report()).openFiles).toBe(0);
  });

  test.each([
    ["before", 0],
    ["and after", 100],
  ])("continues after a rename, with short and long heads %s", async (_, rows) => {
    const scene = new Scene();
    scene.write("a.log", longLog(1, rows + 1));
    await scene.poll();
    renameSync(scene.path("a.log"), scene.path("a_old.log"));
    appendFileSync(scene.path("a_old.log"), "1 7001\n");
    scene.write("a.log", "1 8001\n");
    expect((await scene.settle()).toSorted()).toEqual([7001, 8001]);
    scene.append("a_old.log", "1 7002\n");
    scene.append("a.log", "1 8002\n");
    expect((await scene.poll()).toSorted()).toEqual([7002, 8002]);
  });

  test("reads a truncated file again from its start", async () => {
    const scene = new Scene();
    scene.write("a.log", longLog(1));
    await scene.poll();
    truncateSync(scene.path("a.log"));
    expect(await scene.poll()).toEqual([]);
    scene.append("a.log", "1 501\n");
    expect(await scene.settle()).toEqual([501]);
  });

  test("detects that a file was truncated and has grown beyond the old offset", async () => {
    const scene = new Scene();
    scene.write("a.log", longLog(1, 10));
    await scene.poll();
    writeFileSync(scene.path("a.log"), longLog(500));
    expect(await scene.poll()).toEqual(span(500, 100));
  });

  test("detects that a file was rewritten with the same length", async () => {
    const scene = new Scene();
    scene.write("a.log", longLog(100));
    await scene.poll();
    writeFileSync(scene.path("a.log"), longLog(300));
    expect(await scene.settle()).toEqual(span(300, 100));
  });

  test("reads a replaced file from its start, after the rest of the old one", async () => {
    const scene = new Scene();
    scene.write("a.log", longLog(1));
    await scene.poll();
    scene.append("a.log", "1 901\n");
    scene.write("new", longLog(300));
    renameSync(scene.path("new"), scene.path("a.log"));
    expect((await scene.poll()).toSorted((a, b) => a - b)).toEqual([...span(300, 100), 901]);
  });

  test("continues with a longer copy that replaces the file", async () => {
    const scene = new Scene();
    scene.write("a.log", longLog(1));
    await scene.poll();
    for (const key of [901, 902]) {
      scene.write("copy.tmp", `${readFileSync(scene.path("a.log"), "utf8")}1 ${String(key)}\n`);
      renameSync(scene.path("copy.tmp"), scene.path("a.log"));
      expect(await scene.poll()).toEqual([key]);
    }
  });

  test("waits while a mirror rewrites the file in place", async () => {
    const scene = new Scene();
    const text = longLog(1);
    scene.write("a.log", text);
    await scene.poll();
    truncateSync(scene.path("a.log"));
    expect(await scene.poll()).toEqual([]);
    for (const part of [text.slice(0, 1100), text.slice(1100), "1 901\n"]) {
      scene.append("a.log", part);
      scene.nowMs += 5_000;
      expect(await scene.poll()).toEqual(part.startsWith("1 901") ? [901] : []);
    }
  });

  test("reads a file again from its start if it was cut in the middle", async () => {
    const scene = new Scene();
    scene.write("a.log", longLog(1));
    await scene.poll();
    truncateSync(scene.path("a.log"), longLog(1, 50).length);
    scene.append("a.log", "1 901\n");
    expect(await scene.settle()).toEqual([...span(1, 50), 901]);
  });

  test("does not read a copy or a second name until the first file is gone", async () => {
    const scene = new Scene();
    scene.write("a.log", longLog(1));
    await scene.poll();
    copyFileSync(scene.path("a.log"), scene.path("b.log"));
    linkSync(scene.path("a.log"), scene.path("c.log"));
    scene.append("a.log", "1 901\n");
    expect(await scene.settle()).toEqual([901]);
    unlinkSync(scene.path("a.log"));
    unlinkSync(scene.path("b.log"));
    scene.append("c.log", "1 902\n");
    expect(await scene.settle()).toEqual([902]);
  });

  test("does not read a folder again that disappears and comes back", async () => {
    const scene = new Scene();
    for (const name of ["a.log", "b.log", "c.log"]) scene.write(name, longLog(name.charCodeAt(0) * 1000));
    await scene.poll();
    const away = newFolder();
    renameSync(join(scene.farm, SITE), join(away, "away"));
    expect(await scene.poll()).toEqual([]);
    scene.nowMs += HOUR;
    await scene.poll();
    // Like a share after an interruption: the same content, different file ids.
    for (const name of ["a.log", "b.log", "c.log"]) scene.write(name, readFileSync(join(away, "away", name)));
    scene.append("b.log", "1 901\n");
    expect(await scene.settle()).toEqual([901]);
  });

  test.each([["while it runs"], ["and is away at a restart"]])(
    "counts each byte once if a folder comes back whose last line was incomplete (%s)",
    async (when) => {
      const scene = new Scene();
      scene.write("a.log", "#Fields a\n1 1\n2 2\n3");
      await scene.poll();
      const [site, away] = [join(scene.farm, SITE), join(newFolder(), "away")];
      const state = stateOf(scene.follower);
      renameSync(site, away);
      if (when !== "while it runs") await scene.restart(state);
      await scene.poll();
      await scene.poll();
      renameSync(away, site);
      scene.append("a.log", " 3\n");
      scene.nowMs += 11_000;
      expect(await scene.settle()).toEqual([3]);
      const [stats] = scene.follower.stats();
      expect(stats?.ledger.bytesRead).toBe(statSync(scene.path("a.log")).size);
      expect(stats?.ledger.bytes[FATE_AT.partial]).toBe(0);
    },
  );

  test("forgets files that are gone after the retention time, and keeps their counts", async () => {
    const scene = new Scene();
    scene.write("a.log", "1 1\n2");
    await scene.poll();
    unlinkSync(scene.path("a.log"));
    await scene.poll();
    const before = scene.follower.stats();
    scene.nowMs += 300 * HOUR;
    await scene.poll();
    expect(stateOf(scene.follower).files).toEqual([]);
    expect(scene.follower.stats()).toEqual(before);
  });

  test("continues in the gzip file when the plain one is gone", async () => {
    const scene = new Scene();
    const text = longLog(1);
    scene.write("a.log", text);
    await scene.poll();
    scene.write("a.log.gz", gzipSync(`${text}1 901\n1 902`));
    expect(await scene.poll()).toEqual([]);
    unlinkSync(scene.path("a.log"));
    expect(await scene.settle()).toEqual([901, 902]);
    await scene.restart();
    expect(await scene.settle()).toEqual([]);
  });

  test("continues in the plain file when a gzip file that was read to its end is decompressed", async () => {
    const scene = new Scene();
    scene.write("a.log.gz", gzipSync(longLog(1)));
    expect(await scene.settle()).toEqual(span(1, 100));
    unlinkSync(scene.path("a.log.gz"));
    scene.write("a.log", `${longLog(1)}1 901\n`);
    expect(await scene.settle()).toEqual([901]);
    scene.append("a.log", "1 902\n");
    expect(await scene.poll()).toEqual([902]);
  });

  test("reads the new part of a gzip file that was replaced after it was read to its end", async () => {
    const scene = new Scene();
    scene.write("a.log.gz", gzipSync(longLog(1)));
    expect(await scene.settle()).toEqual(span(1, 100));
    unlinkSync(scene.path("a.log.gz"));
    scene.write("a.log.gz", gzipSync(`${longLog(1)}1 901\n`));
    expect(await scene.settle()).toEqual([901]);
    await scene.restart();
    expect(await scene.settle()).toEqual([]);
  });

  test("reads a gzip file that does not belong to a file already read", async () => {
    const scene = new Scene();
    scene.write("a.log", longLog(1));
    await scene.poll();
    unlinkSync(scene.path("a.log"));
    scene.write("a.log.gz", gzipSync(longLog(300)));
    scene.write("z.log.gz", gzipSync("1 901\n"));
    expect((await scene.settle()).toSorted((a, b) => a - b)).toEqual([...span(300, 100), 901]);
  });

  test("continues with a gzip file that was incomplete before", async () => {
    const scene = new Scene();
    const packed = gzipSync(longLog(1, 30_000));
    scene.write("a.log.gz", packed.subarray(0, 60_000));
    const report = await scene.report();
    expect(report.errors).toHaveLength(1);
    const first = scene.collector.rows.length;
    expect(first).toBeGreaterThan(0);
    scene.nowMs += 5_000;
    expect((await scene.report()).errors).toEqual([]);
    scene.write("a.log.gz", packed);
    scene.nowMs += 60_000;
    await scene.report();
    expect(scene.follower.stats()[0]?.ledger.lines[0]).toBe(30_000);
  });

  test("reads nothing older than the lookback", async () => {
    const scene = new Scene({ lookbackMs: 10 * HOUR });
    scene.write(`x_0-${String(89 * HOUR)}.log`, "1 1\n");
    scene.write("a.log", `${String(89 * HOUR)} 2\n${String(91 * HOUR)} 3\n`);
    expect(await scene.poll()).toEqual([3]);
    expect(scene.follower.stats()[0]?.ledger.lines.at(-1)).toBe(1);
    scene.nowMs += 5 * HOUR;
    await scene.restart();
    scene.append("a.log", `${String(92 * HOUR)} 4\n`);
    expect(await scene.poll()).toEqual([4]);
  });

  test("forgets old files, and does not read them again", async () => {
    const scene = new Scene({ lookbackMs: 24 * HOUR });
    const name = `x_${String(99 * HOUR)}-${String(100 * HOUR)}.log`;
    scene.write(name, `${String(99 * HOUR)} 1\n`);
    expect(await scene.poll()).toEqual([1]);
    scene.nowMs += 60 * HOUR;
    await scene.poll();
    scene.nowMs += 60 * HOUR;
    await scene.poll();
    expect(stateOf(scene.follower).files).toEqual([]);
    await scene.restart();
    expect(await scene.poll()).toEqual([]);
    expect(scene.follower.stats()[0]?.ledger.lines[0]).toBe(1);
  });

  test("reports a file that cannot be read, and retries with growing delays", async () => {
    const scene = new Scene();
    scene.write("good.log", "1 1\n");
    mkdirSync(scene.path("."), { recursive: true });
    symlinkSync(scene.farm, scene.path("bad.log"));
    const report = await scene.report();
    expect(report.errors.map(({ message }) => message)).toEqual([
      `Cannot read ${SITE}/bad.log: it is not a regular file (ENOTREG)`,
    ]);
    expect(scene.collector.keys).toEqual([1]);
    expect((await scene.report()).errors).toEqual([]);
    scene.nowMs += 1_000;
    expect((await scene.report()).errors).toHaveLength(1);
    rmSync(scene.path("bad.log"));
    scene.write("bad.log", "2 2\n");
    scene.nowMs += 60_000;
    expect(await scene.poll()).toEqual([1, 2]);
  });

  (process.platform === "win32" ? test.skip : test)("opens no pipe that stands where a log should", async () => {
    const scene = new Scene();
    writeTree(scene.farm, { "EX02/LogFiles/W3SVC1/a.log": "1 1\n", "EX02/LogFiles/W3SVC1/z.log": "1 2\n" });
    const pipe = join(scene.farm, "pipe");
    expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
    symlinkSync(pipe, join(scene.farm, "EX02/LogFiles/W3SVC1/hangs.log"));
    scene.write("a.log", "1 11\n");
    const report = await scene.report();
    expect(report.errors.map(({ message }) => message)).toEqual([
      "Cannot read EX02/LogFiles/W3SVC1/hangs.log: it is not a regular file (ENOTREG)",
    ]);
    const keys = scene.collector.rows.splice(0).map(({ key }) => key);
    expect(keys.toSorted((a, b) => a - b)).toEqual([1, 2, 11]);
  });

  test("ends a poll at its limit, and continues in order of time", async () => {
    const scene = new Scene({ limits: { maxBytesPerPoll: 1_000, maxAheadMs: 10 } });
    scene.write("a.log", longLog(1, 500));
    scene.write("b.log", longLog(1001, 500));
    const seen: number[] = [];
    let polls = 0;
    for (let isCaughtUp = false; !isCaughtUp; polls++) {
      isCaughtUp = (await scene.report()).isCaughtUp;
      seen.push(...scene.collector.rows.splice(0).map(({ atMs }) => atMs));
    }
    expect(polls).toBeGreaterThan(5);
    expect(seen).toHaveLength(1_000);
    seen.forEach((atMs, at) => {
      expect(atMs).toBeGreaterThanOrEqual((seen[at - 1] ?? 0) - 11);
    });
  });

  test("reads the files of one server after those of another in each stretch of time, and none too far ahead", async () => {
    const scene = new Scene({ limits: { maxAheadMs: 10 } });
    const rows = (from: number): string =>
      span(0, 60)
        .map((at) => `${String(at)} ${String(from + at)}\n`)
        .join("");
    ["EX01", "EX02", "EX03"].forEach((server, at) => {
      writeTree(scene.farm, {
        [`${server}/LogFiles/W3SVC1/a.log`]: `#Fields a\n${rows(1_000 * at)}`,
        [`${server}/LogFiles/W3SVC1/b.log`]: `#Fields b\n${rows(1_000 * at + 500)}`,
      });
    });
    await scene.report();
    const seen = scene.collector.rows.splice(0);
    expect(seen).toHaveLength(360);
    for (const stretch of [0, 1, 2, 3, 4, 5]) {
      // The first row of a stretch may be read with the one before, and the last server of a stretch into the next one.
      const servers = seen
        .filter(({ atMs, key }) => Math.floor(atMs / 10) === stretch && atMs % 10 > 0 && key < 2_000)
        .map(({ key }) => Math.floor(key / 1_000));
      expect(servers).toEqual(servers.toSorted((a, b) => a - b));
    }
    seen.forEach(({ atMs }, at) => {
      const earliestLater = Math.min(...seen.slice(at + 1).map((row) => row.atMs));
      expect(atMs - Math.min(atMs, earliestLater)).toBeLessThanOrEqual(20);
    });
  });

  test("keeps no more files open than allowed", async () => {
    const scene = new Scene({ limits: { maxOpenFiles: 2 } });
    for (let at = 0; at < 6; at++) scene.write(`${String(at)}.log`, `1 ${String(at)}\n`);
    const report = await scene.report();
    expect(report.openFiles).toBeLessThanOrEqual(2);
    for (let at = 0; at < 6; at++) scene.append(`${String(at)}.log`, `1 ${String(10 + at)}\n`);
    await scene.report();
    expect(scene.collector.keys.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15]);
  });

  test.each(
    [null, 0, 1, 2].flatMap((after) => [["a.log", "b.log", after] as const, ["b.log", "a.log", after] as const]),
  )(
    "reads on a file that had only headers when names were swapped (%s and %s, restarted after swap %j)",
    async (long, short, restartedAfter) => {
      const scene = new Scene({ limits: { maxOpenFiles: 1, scanMs: 0 } });
      scene.write(long, "#Fields long\n1 1\n2 2\n");
      scene.write(short, "#Fields short\n");
      scene.write("c.log", "#Fields c\n");
      const swap = (): void => {
        renameSync(scene.path(long), scene.path("tmp"));
        renameSync(scene.path(short), scene.path(long));
        renameSync(scene.path("tmp"), scene.path(short));
      };
      const seen = await scene.settle();
      for (let time = 0; time < 4; time++) {
        swap();
        if (time === restartedAfter) await scene.restart();
        scene.append(time % 2 === 0 ? long : short, `5 ${String(10 + time)}\n`);
        seen.push(...(await scene.settle()));
      }
      expect(seen.toSorted((a, b) => a - b)).toEqual([1, 2, 10, 11, 12, 13]);
    },
  );

  test("works with as many open files as the system allows", () => {
    const farm = newFolder();
    for (let at = 0; at < 200; at++)
      writeTree(farm, {
        [`EX01/LogFiles/W3SVC${String(at % 40)}/u_ex2611220${String(at % 10)}_${String(at)}.log`]: `rubbish ${String(1_000 + at)}\n`,
      });
    const urlOf = (path: string): string => JSON.stringify(pathToFileURL(join(process.cwd(), path)).href);
    const script = `
      import { createFollower } from ${urlOf("src/follow/follower.ts")};
      import { classifyPath, createFormats, endOfFile, startOfFile } from ${urlOf("src/sources/index.ts")};
      const knowledge = { formats: createFormats(), classifyPath, startOfFile, endOfFile };
      const sink = { row: () => undefined, advance: () => undefined };
      const follower = createFollower({ target: { kind: "farm", folder: ${JSON.stringify(farm)} }, knowledge, sink, lookbackMs: 1e12, clock: { wall: Date.now, monotonic: Date.now } });
      const { errors, bytes, openFiles } = await follower.poll();
      console.log(JSON.stringify({ errors, bytes, isFewer: openFiles < 100 }));
      await follower.close();`;
    const child = spawnSync(
      "sh",
      ["-c", 'ulimit -n 100 && exec "$0" --input-type=module -e "$1"', process.execPath, script],
      { encoding: "utf8" },
    );
    expect(JSON.parse(child.stdout)).toEqual({ errors: [], bytes: 200 * 13, isFewer: true });
  });

  test("refuses more files than the limit, and reports it", async () => {
    const scene = new Scene({ limits: { maxFiles: 2 } });
    for (const name of ["a.log", "b.log", "c.log"]) scene.write(name, `1 ${String(name.charCodeAt(0))}\n`);
    const report = await scene.report();
    expect(report.errors.map(({ message }) => message)).toEqual([`Cannot follow ${SITE}/c.log: more than 2 files`]);
    expect(scene.collector.keys).toEqual([97, 98]);
  });

  test("passes on errors of the sink", async () => {
    const scene = new Scene({
      sink: {
        row: () => {
          throw new Error("full");
        },
        advance: () => undefined,
      },
    });
    scene.write("a.log", "1 1\n");
    await expect(scene.follower.poll()).rejects.toThrow("full");
  });

  test("passes the poll's time as watermark when everything is read", async () => {
    const scene = new Scene();
    scene.write("a.log", "1 1\n5 5\n");
    await scene.report();
    expect(scene.collector.watermarks.at(-1)).toBe(scene.nowMs);
  });

  test("does not count data as read that it did not read because it was stopped", async () => {
    for (const others of [{}, { "b.log": "90000000 9\n" }]) {
      const watermarks: number[] = [];
      const scene = new Scene({
        sink: {
          // While the next read is in progress.
          row: () => {
            process.nextTick(() => {
              scene.follower.stop();
            });
          },
          advance: (watermarkMs) => watermarks.push(watermarkMs),
        },
      });
      // More than one read: the stop refuses the rest.
      scene.write("a.log", "1000 1 text\n".repeat(40_000));
      for (const [name, text] of Object.entries(others)) scene.write(name, text);
      expect(await scene.report()).toMatchObject({ isCaughtUp: false });
      expect(watermarks.filter((atMs) => atMs > 1000)).toEqual([]);
    }
  });
});

describe("a follower that goes on from a state", () => {
  test("reads rows written in the meantime once", async () => {
    const scene = new Scene();
    scene.write("a.log", "#Fields a\n1 1\n2 2\n3");
    scene.write("b.log", longLog(100, 50));
    await scene.poll();
    const before = scene.follower.stats();
    await scene.restart();
    expect(scene.follower.stats()).toEqual(before);
    scene.append("a.log", " 3\n");
    scene.append("b.log", "1 901\n");
    expect((await scene.poll()).toSorted()).toEqual([3, 901]);
    expect(stateOf(scene.follower).headers).toEqual(["#Fields a", "#Fields 100"]);
  });

  test("keeps the schema, a line being skipped, and the encoding", async () => {
    const scene = new Scene({ limits: { maxLineBytes: 100 } });
    scene.write("a.log", `#Fields a\n1 1\n${"x".repeat(150)}`);
    writeTree(scene.farm, { "EX01/events/e.xml": Buffer.from("\ufeff1 50\n", "utf16le") });
    await scene.poll();
    await scene.restart();
    scene.append("a.log", "xxx\n2 2\n");
    appendFileSync(join(scene.farm, "EX01/events/e.xml"), Buffer.from("2 51\n", "utf16le"));
    await scene.report();
    expect(
      scene.collector.rows.map(({ key, row }) => [key, row.kind === "request" ? row.peerServer : ""]).toSorted(),
    ).toEqual([
      [2, "#Fields a"],
      [51, ""],
    ]);
  });

  test.each([0, 100])(
    "recognises files that were renamed and replaced while it was down (%d rows more)",
    async (rows) => {
      const scene = new Scene();
      scene.write("a.log", longLog(1, 1 + rows));
      scene.write("b.log", longLog(2001, 1 + rows));
      await scene.poll();
      const state = stateOf(scene.follower);
      await scene.follower.close();
      renameSync(scene.path("a.log"), scene.path("0.log"));
      scene.write("a.log", "1 7001\n");
      rmSync(scene.path("b.log"));
      scene.write("b.log", "1 8001\n");
      scene.append("0.log", "1 7002\n");
      await scene.restart(state);
      expect((await scene.settle()).toSorted()).toEqual([7001, 7002, 8001]);
    },
  );

  test("delivers from an older state exactly the rows after it", async () => {
    const scene = new Scene();
    scene.write("a.log", longLog(1));
    await scene.poll();
    const older = stateOf(scene.follower);
    scene.append("a.log", "1 901\n");
    expect(await scene.poll()).toEqual([901]);
    scene.append("a.log", "1 902\n");
    await scene.restart(older);
    expect(await scene.poll()).toEqual([901, 902]);
  });
});
