import { chmodSync } from "node:fs";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readFarm, type FarmReading } from "../../../src/reading/once/read-farm.ts";
import type { ThreadStart } from "../../../src/reading/threads/read-files-in-threads.ts";
import { serveParts } from "../../../src/reading/threads/serve-parts.ts";
import { tempFolders, writeTree } from "../temp-folder.ts";
import { TINY_KNOWLEDGE } from "../tiny-format.ts";

const newFolder = tempFolders();

/** Replaces a thread: runs the same code at the other end of a message channel. */
function channelThread(): ThreadStart {
  return (rules) => {
    const { port1, port2 } = new MessageChannel();
    serveParts(port1, TINY_KNOWLEDGE, rules);
    return {
      send: (request) => {
        port2.postMessage(request);
      },
      onPart: (listener) => {
        port2.on("message", listener);
      },
      onEnd: () => undefined,
      stop: () => {
        port2.close();
        return Promise.resolve();
      },
    };
  };
}

/** A `channelThread()` that calls `onStop` when it is stopped. */
function threadThatTellsStop(onStop: () => void): ThreadStart {
  const start = channelThread();
  return (rules) => {
    const thread = start(rules);
    return {
      ...thread,
      stop: () => {
        onStop();
        return thread.stop();
      },
    };
  };
}

interface Heard {
  readonly calls: unknown[];
  readonly reading: FarmReading;
  readonly bytes: number;
}

async function read(farm: string, count: number, start: ThreadStart = channelThread()): Promise<Heard> {
  const calls: unknown[] = [];
  let bytes = 0;
  const reading = await readFarm({
    farms: [farm],
    knowledge: TINY_KNOWLEDGE,
    maxAheadMs: 50,
    maxLineBytes: 2_000,
    now: () => 1_000_000,
    threads: { countFor: () => count - 1, start },
    onProgress: (done) => {
      bytes = done;
    },
    sink: {
      present: (server, log, file) => {
        calls.push(["present", server, log, file]);
      },
      row: (server, row, position) => {
        calls.push([server, row, position]);
      },
      advance: (watermarkMs) => {
        calls.push(watermarkMs);
      },
    },
  });
  return { calls, reading, bytes };
}

const line = fc.oneof(
  { arbitrary: fc.tuple(fc.nat(400), fc.nat()).map(([at, key]) => `${String(at)} ${String(key)}`), weight: 8 },
  fc.nat(400).map((at) => `~${String(at)}`),
  fc.nat(400).map((at) => `!${String(at)}`),
  fc.constantFrom("#Fields a", "#Fields b", "", "x", "y".repeat(2_500)),
);
const file = fc.record({
  place: fc.constantFrom(
    "EX01/LogFiles/W3SVC1/a.log",
    "EX01/Logging/Ews/b.log",
    "EX02/LogFiles/W3SVC1/a_100-300.log",
    "EX02/events/e.xml",
    "EX01/LogFiles/HTTPERR/h.log",
    "EX02/Logging/Ews/c_0-200.log",
  ),
  lines: fc.array(line, { maxLength: 120 }),
  isSorted: fc.boolean(),
  isPacked: fc.boolean(),
  hasEnd: fc.boolean(),
});

function textOf({
  lines,
  isSorted,
  hasEnd,
}: {
  readonly lines: readonly string[];
  readonly isSorted: boolean;
  readonly hasEnd: boolean;
}): string {
  const ordered = isSorted
    ? lines.toSorted((a, b) => Number(/\d+/.exec(a)?.[0] ?? 0) - Number(/\d+/.exec(b)?.[0] ?? 0))
    : lines;
  return ordered.join("\n") + (hasEnd ? "\n" : "");
}

describe("readFarm() in threads", () => {
  test("calls the sink the same way in the same order as one thread, with the same accounting", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(file, { maxLength: 6 }), async (files) => {
        const farm = newFolder();
        writeTree(
          farm,
          Object.fromEntries(
            files.map((one) => (one.isPacked ? [`${one.place}.gz`, gzipSync(textOf(one))] : [one.place, textOf(one)])),
          ),
        );
        const alone = await read(farm, 1);
        for (const count of [2, 4]) {
          const shared = await read(farm, count);
          expect(JSON.stringify(shared)).toBe(JSON.stringify(alone));
        }
      }),
      { numRuns: 40 },
    );
  });

  test("continues over many parts of large files", async () => {
    const farm = newFolder();
    const rows = (from: number, count: number): string =>
      Array.from({ length: count }, (_, at) => `${String(from + at)} ${String(at)}\n`).join("");
    writeTree(farm, {
      "EX01/LogFiles/W3SVC1/a.log": rows(0, 30_000),
      "EX01/Logging/Ews/b.log": rows(10_000, 30_000),
      "EX02/events/e.xml": rows(0, 20_000),
      "EX02/LogFiles/W3SVC1/c.log.gz": gzipSync(rows(29_000, 20_000)),
    });
    const [alone, shared] = [await read(farm, 1), await read(farm, 3)];
    expect(alone.calls.length).toBeGreaterThan(100_000);
    expect(shared.calls.length).toBe(alone.calls.length);
    expect(JSON.stringify(shared) === JSON.stringify(alone)).toBe(true);
  });

  test("reports what cannot be read once, and reads the rest", async () => {
    const farm = newFolder();
    writeTree(farm, {
      "EX01/LogFiles/W3SVC1/a.log.gz": gzipSync("1 1\n2 2\n".repeat(5_000)).subarray(0, 60),
      "EX01/LogFiles/W3SVC1/b.log": "1 1\n",
      "EX01/LogFiles/W3SVC1/c.log": "2 2\n",
    });
    chmodSync(join(farm, "EX01/LogFiles/W3SVC1/c.log"), 0);
    const [alone, shared] = [await read(farm, 1), await read(farm, 2)];
    expect(alone.reading.errors.map(({ file: name }) => name)).toContain("LogFiles/W3SVC1/a.log.gz");
    expect(shared).toEqual(alone);
  });

  test("a thread that exits is an error with its reason", async () => {
    const farm = newFolder();
    writeTree(farm, { "EX01/LogFiles/W3SVC1/a.log": "1 1\n", "EX01/LogFiles/W3SVC1/b.log": "1 1\n" });
    const dying: ThreadStart = () => ({
      send: () => undefined,
      onPart: () => undefined,
      onEnd: (listener) => {
        setImmediate(() => {
          listener(new Error("out of memory"));
        });
      },
      stop: () => Promise.resolve(),
    });
    await expect(read(farm, 2, dying)).rejects.toThrow(
      "Cannot read the logs: a reading thread has ended: out of memory",
    );
  });

  test("the threads begin to read before what the rows need is there, and hand on no row before", async () => {
    const farm = newFolder();
    writeTree(farm, { "EX01/LogFiles/W3SVC1/a.log": "1 1\n2 2\n" });
    const events: string[] = [];
    const start = channelThread();
    const noted: ThreadStart = (rules) => {
      const thread = start(rules);
      return {
        ...thread,
        onPart: (listener) => {
          thread.onPart((part) => {
            events.push("part");
            listener(part);
          });
        },
      };
    };
    for (const count of [0, 1]) {
      await readFarm({
        farms: [farm],
        knowledge: TINY_KNOWLEDGE,
        threads: { countFor: () => count, start: noted },
        beforeRows: async () => {
          for (let wait = 0; wait < 2_000 && count > 0 && events.length === 0; wait++)
            await new Promise((resolve) => setTimeout(resolve, 1));
          events.push("ready");
        },
        sink: {
          row: () => {
            events.push("row");
          },
          advance: () => undefined,
        },
      });
      expect(events.splice(0)).toEqual([...(count > 0 ? ["part"] : []), "ready", "row", "row"]);
    }
  });

  test("stops its threads when what the rows need cannot be read", async () => {
    const farm = newFolder();
    writeTree(farm, { "EX01/LogFiles/W3SVC1/a.log": "1 1\n" });
    let stopped = 0;
    const start = threadThatTellsStop(() => (stopped += 1));
    const reading = readFarm({
      farms: [farm],
      knowledge: TINY_KNOWLEDGE,
      threads: { countFor: () => 1, start },
      beforeRows: () => Promise.reject(new Error("no snapshots")),
      sink: { row: () => undefined, advance: () => undefined },
    });
    await expect(reading).rejects.toThrow("no snapshots");
    expect(stopped).toBe(1);
  });

  test("stops its threads when it is aborted", async () => {
    const farm = newFolder();
    writeTree(farm, { "EX01/LogFiles/W3SVC1/a.log": "1 1\n2 2\n900 9\n", "EX01/LogFiles/W3SVC1/b.log": "1 1\n" });
    const abort = new AbortController();
    let stopped = 0;
    const start = threadThatTellsStop(() => (stopped += 1));
    const reading = readFarm({
      farms: [farm],
      knowledge: TINY_KNOWLEDGE,
      signal: abort.signal,
      threads: { countFor: () => 2, start },
      sink: {
        row: () => {
          abort.abort(new Error("enough"));
        },
        advance: () => undefined,
      },
    });
    await expect(reading).rejects.toThrow("enough");
    expect(stopped).toBe(2);
  });
});
