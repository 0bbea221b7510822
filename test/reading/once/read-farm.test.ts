import { chmodSync, existsSync, mkdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { readFarm, type FarmReading, type FarmReadingOptions } from "../../../src/reading/once/read-farm.ts";
import { classifyPath, createFormats, endOfFile, startOfFile } from "../../../src/sources/index.ts";
import { tempFolders, writeTree } from "../temp-folder.ts";
import { RowCollector, TINY_KNOWLEDGE } from "../tiny-format.ts";

const newFolder = tempFolders();

async function read(
  farm: string,
  options: Partial<FarmReadingOptions> = {},
): Promise<{ collector: RowCollector; reading: FarmReading }> {
  const collector = new RowCollector();
  const reading = await readFarm({ farms: [farm], knowledge: TINY_KNOWLEDGE, sink: collector, ...options });
  expect(reading.unaccountedBytes).toBe(0);
  for (const account of reading.accounts) expect(account.counted + account.skipped).toBe(account.bytes);
  return { collector, reading };
}

/** Lines `<at> <key>` for times `from`, `from + step` … */
function lines(from: number, step: number, count: number): string {
  return Array.from({ length: count }, (_, at) => `${String(from + at * step)} ${String(from + at * step)}\n`).join("");
}

const SAMPLES = join(process.cwd(), "../shared/samples/exchange-logs");

(existsSync(SAMPLES) ? describe : describe.skip)("readFarm() on real logs", () => {
  test("every line of logs without folders is understood", async () => {
    const knowledge = { formats: createFormats(), classifyPath, startOfFile, endOfFile };
    const { reading } = await read(SAMPLES, { knowledge });
    expect(reading.errors).toEqual([]);
    expect(reading.accounts.map(({ file }) => file.split("/").slice(0, -1).join("/"))).toEqual([
      "Logging/Ews",
      "Logging/HttpProxy/Ews",
      "Logging/HttpProxy/Mapi",
      "Logging/HttpProxy/Owa",
      "Logging/HttpProxy/PowerShell",
      "Logging/HttpProxy/RpcHttp",
    ]);
    expect(reading.accounts.every(({ bytes, skipped }) => bytes > 1_000 && skipped === 0)).toBe(true);
  });
});

describe("readFarm()", () => {
  test("reads the logs of every server, whatever the case of the folder names", async () => {
    const farm = newFolder();
    writeTree(farm, {
      "EX01/LogFiles/W3SVC1/a.log": "1 1\n",
      "EX01/logging/EWS/a.LOG": "2 2\n",
      "EX02/LOGFILES/w3svc2/b.log": "3 3\n",
      "EX02/events/x.xml": "4 4\n",
      "EX02/Logging/Other/x.log": "5 5\n",
      "snapshots/LogFiles/W3SVC1/c.log": "6 6\n",
      "notes/readme.txt": "7 7\n",
    });
    mkdirSync(join(farm, "EX03/LogFiles/HTTPERR"), { recursive: true });
    mkdirSync(join(farm, "EX04"));
    const { collector, reading } = await read(farm);
    expect(collector.keys.toSorted()).toEqual([1, 2, 3, 4]);
    expect(reading.servers).toEqual(["EX01", "EX02", "EX03", "EX04"]);
    expect(reading.accounts.map(({ server, file }) => `${server}/${file}`)).toEqual([
      "EX01/LogFiles/W3SVC1/a.log",
      "EX01/logging/EWS/a.LOG",
      "EX02/LOGFILES/w3svc2/b.log",
      "EX02/events/x.xml",
    ]);
    expect(reading.errors).toEqual([]);
  });

  test("reads a single server's folder as a farm of one", async () => {
    const farm = newFolder();
    writeTree(farm, { "EX01/LogFiles/W3SVC1/a.log": "1 1\n" });
    const { reading } = await read(join(farm, "EX01"));
    expect(reading.servers).toEqual(["EX01"]);
  });

  test("assigns logs outside of log folders to one server, by their names", async () => {
    const folder = join(newFolder(), "copied");
    writeTree(folder, {
      "Ews/HttpProxy_1.LOG": "1 1\n",
      "W3SVC2/u_ex261122.log": "2 2\n",
      "HttpProxy/Mapi/HttpProxy_1.LOG": "5 5\n",
      "Ews_1.LOG": "3 3\n",
      "notes.txt": "4 4\n",
    });
    const { collector, reading } = await read(folder);
    expect(collector.keys.toSorted()).toEqual([1, 2, 3, 5]);
    expect(reading.servers).toEqual(["copied"]);
    expect(reading.accounts.map(({ file }) => file)).toEqual([
      "LogFiles/W3SVC2/u_ex261122.log",
      "Logging/Ews/Ews_1.LOG",
      "Logging/HttpProxy/Ews/HttpProxy_1.LOG",
      "Logging/HttpProxy/Mapi/HttpProxy_1.LOG",
    ]);
  });

  test("reads all files in order of time, and keeps them synchronous", async () => {
    const farm = newFolder();
    const minute = 60_000;
    writeTree(farm, {
      "EX01/LogFiles/W3SVC1/a.log": lines(0, minute, 3_000),
      "EX01/Logging/Ews/b.log": lines(7, 10 * minute, 300),
      "EX02/LogFiles/W3SVC1/c.log": lines(2_900 * minute, minute, 3_000),
      "EX02/LogFiles/W3SVC1/d.log.gz": gzipSync(lines(3, minute / 8, 24_000)),
    });
    let watermark = -Infinity;
    let [early, previous] = [0, -Infinity];
    const collector = new RowCollector();
    await readFarm({
      farms: [farm],
      knowledge: TINY_KNOWLEDGE,
      maxAheadMs: 5 * minute,
      sink: {
        row: (server, row, position) => {
          collector.row(server, row, position);
          if (row.atMs < watermark) early += 1;
          previous = Math.max(previous, row.atMs);
        },
        advance: (atMs) => {
          expect(atMs).toBeGreaterThan(watermark);
          watermark = atMs;
          expect(previous).toBeLessThanOrEqual(watermark + 5 * minute);
        },
      },
    });
    expect(collector.rows).toHaveLength(3_000 + 300 + 3_000 + 24_000);
    expect(early).toBe(0);
    const last = new Map<number, number>();
    const inOrder = collector.rows.filter(({ position }) => {
      const before = last.get(position.fileKey) ?? -1;
      last.set(position.fileKey, position.offset);
      return position.offset > before;
    });
    expect(inOrder).toHaveLength(collector.rows.length);
  });

  test("returns the same rows with only one open file at a time", async () => {
    const farm = newFolder();
    writeTree(
      farm,
      Object.fromEntries(
        [1, 2, 3, 4, 5].map((site) => [`EX01/LogFiles/W3SVC${String(site)}/a.log`, lines(site, 60_000, 200)]),
      ),
    );
    const [many, one] = [await read(farm), await read(farm, { maxOpenFiles: 1 })];
    expect(one.collector.rows).toEqual(many.collector.rows);
  });

  test("reads gzip files of several members, and only if the plain file is missing", async () => {
    const farm = newFolder();
    writeTree(farm, {
      "EX01/LogFiles/W3SVC1/a.log.gz": Buffer.concat([gzipSync("#Fields a\n1 1\n2"), gzipSync(" 2\n3 3")]),
      "EX01/LogFiles/W3SVC1/b.log": "4 4\n",
      "EX01/LogFiles/W3SVC1/B.LOG.GZ": gzipSync("5 5\n"),
    });
    const { collector, reading } = await read(farm);
    expect(collector.keys).toEqual([1, 2, 3, 4]);
    expect(reading.accounts.map(({ file, bytes }) => [file, bytes])).toEqual([
      ["LogFiles/W3SVC1/a.log.gz", 21],
      ["LogFiles/W3SVC1/b.log", 4],
    ]);
  });

  test("keeps the position keys for a file that was compressed", async () => {
    const farm = newFolder();
    writeTree(farm, { "EX01/LogFiles/W3SVC1/a.log": "1 1\n2 2\n" });
    const plain = await read(farm);
    unlinkSync(join(farm, "EX01/LogFiles/W3SVC1/a.log"));
    writeTree(farm, { "EX01/LogFiles/W3SVC1/a.log.gz": gzipSync("1 1\n2 2\n") });
    expect((await read(farm)).collector.rows).toEqual(plain.collector.rows);
  });

  test("skips files by their names, and rows by their times", async () => {
    const farm = newFolder();
    writeTree(farm, {
      "EX01/LogFiles/W3SVC1/x_0-99.log": "50 50\n",
      "EX01/LogFiles/W3SVC1/x_100-199.log": "110 110\n150 150\n",
      "EX01/LogFiles/W3SVC1/x_200-299.log": "200 200\n250 250\n",
      "EX01/LogFiles/W3SVC1/x_300-399.log": "300 300\n",
    });
    const { collector, reading } = await read(farm, { sinceMs: 120, untilMs: 250 });
    expect(collector.keys).toEqual([150, 200]);
    expect(reading.accounts.map(({ file, counted, skipped }) => [file, counted, skipped])).toEqual([
      ["LogFiles/W3SVC1/x_100-199.log", 8, 8],
      ["LogFiles/W3SVC1/x_200-299.log", 8, 8],
    ]);
  });

  test("reads long lines completely, skips too long ones, and reads a last line without line end", async () => {
    const farm = newFolder();
    const [long, tooLong] = [`1 1 ${"y".repeat(600_000)}`, `2 2 ${"y".repeat(3_000_000)}`];
    writeTree(farm, {
      "EX01/LogFiles/W3SVC1/a.log": `${long}\n${tooLong}\n3 3`,
      "EX01/LogFiles/W3SVC2/b.log.gz": gzipSync(`${long}\n${tooLong}\n3 3`),
    });
    const { collector, reading } = await read(farm);
    expect(collector.keys.toSorted()).toEqual([1, 1, 3, 3]);
    expect(reading.accounts.map(({ skipped }) => skipped)).toEqual([tooLong.length + 1, tooLong.length + 1]);
  });

  test("reports what cannot be read, and reads the rest", async () => {
    const farm = newFolder();
    const packed = gzipSync(lines(1, 1, 20_000));
    writeTree(farm, {
      "EX01/LogFiles/W3SVC1/a.log": "1 1\n",
      "EX01/LogFiles/W3SVC1/closed.log": "2 2\n",
      "EX01/LogFiles/W3SVC1/cut.log.gz": packed.subarray(0, packed.length - 100),
      "EX01/LogFiles/W3SVC1/damaged.log.gz": Buffer.from("this is no gzip"),
    });
    chmodSync(join(farm, "EX01/LogFiles/W3SVC1/closed.log"), 0);
    const { reading } = await read(farm);
    const byFile = new Map(reading.errors.map(({ file, message }) => [file.split("/").at(-1), message]));
    // Root can read everything.
    if (process.getuid?.() !== 0)
      expect(byFile.get("closed.log")).toBe("Cannot read EX01/LogFiles/W3SVC1/closed.log: permission denied (EACCES)");
    expect(byFile.get("cut.log.gz")).toBe(
      "Cannot read EX01/LogFiles/W3SVC1/cut.log.gz: its compressed data ends too early (Z_BUF_ERROR)",
    );
    expect(byFile.get("damaged.log.gz")).toBe(
      "Cannot read EX01/LogFiles/W3SVC1/damaged.log.gz: its compressed data is damaged (Z_DATA_ERROR)",
    );
    expect(reading.accounts.find(({ file }) => file.endsWith("a.log"))?.counted).toBe(4);
    expect(reading.accounts.find(({ file }) => file.endsWith("cut.log.gz"))?.counted).toBeGreaterThan(10_000);
  });

  test("reports a file that vanishes before it is read", async () => {
    const farm = newFolder();
    writeTree(farm, {
      "EX01/LogFiles/W3SVC1/x_1-2.log": "1 1\n",
      "EX01/LogFiles/W3SVC1/x_5000000-6000000.log": "5000000 5\n",
    });
    const { reading } = await read(farm, {
      onProgress: () => {
        unlinkSyncQuietly(join(farm, "EX01/LogFiles/W3SVC1/x_5000000-6000000.log"));
      },
    });
    expect(reading.errors.map(({ message }) => message)).toEqual([
      "Cannot read EX01/LogFiles/W3SVC1/x_5000000-6000000.log: no such file or folder (ENOENT)",
    ]);
  });

  test("reports its progress up to 100 %", async () => {
    const farm = newFolder();
    writeTree(farm, {
      "EX01/LogFiles/W3SVC1/a.log": lines(1, 1, 100_000),
      "EX01/LogFiles/W3SVC1/b.log.gz": gzipSync(lines(1, 1, 1_000)),
    });
    const seen: [number, number][] = [];
    await read(farm, {
      onProgress: (done, total) => {
        seen.push([done, total]);
      },
    });
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.at(-1)?.[0]).toBe(seen.at(-1)?.[1]);
  });

  test("stops on its signal, with the reason", async () => {
    const farm = newFolder();
    writeTree(farm, { "EX01/LogFiles/W3SVC1/a.log": lines(1, 1, 200_000) });
    const stop = new AbortController();
    const reason = new Error("enough");
    await expect(
      read(farm, {
        signal: stop.signal,
        onProgress: () => {
          stop.abort(reason);
        },
      }),
    ).rejects.toBe(reason);
  });

  test("names the farm folder that cannot be read", async () => {
    const farm = join(newFolder(), "none");
    await expect(read(farm)).rejects.toThrow(`Cannot read the farm folder "${farm}": no such file or folder (ENOENT)`);
  });

  test("sums statistics by server and format", async () => {
    const farm = newFolder();
    writeTree(farm, {
      "EX01/LogFiles/W3SVC1/a.log": "1 1\n",
      "EX01/LogFiles/W3SVC2/b.log": "~9\nrubbish\n",
      "EX02/Logging/Ews/c.log": "5 5\n",
    });
    const { reading } = await read(farm, { now: () => 100 });
    expect(
      reading.stats.map(({ server, format, files, newestAtMs, lagMs, ledger }) => [
        server,
        format,
        files,
        newestAtMs,
        lagMs,
        ledger.bytesRead,
      ]),
    ).toEqual([
      ["EX01", "iis", 2, 9, 91, 15],
      ["EX02", "ews", 1, 5, 95, 4],
    ]);
  });
});

function unlinkSyncQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is already gone.
  }
}
