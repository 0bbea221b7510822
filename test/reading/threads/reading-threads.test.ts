import { describe, expect, test } from "@jest/globals";
import { createLedger } from "../../../src/reading/ledger.ts";
import type { FileStats } from "../../../src/reading/read-stats.ts";
import { ReadingThreads, type ReadingThread, type SharedFile } from "../../../src/reading/threads/reading-threads.ts";
import type { FilePart, PartRequest } from "../../../src/reading/threads/thread-messages.ts";

const FILE: SharedFile = {
  server: "EX01",
  relPath: "LogFiles/W3SVC1/a.log",
  path: "/farm/EX01/LogFiles/W3SVC1/a.log",
  fileKey: 1,
  log: { format: "iis", isBackEnd: false, protocol: null, encoding: "utf8" },
  startMs: 0,
  isPacked: false,
  protocolsSettledByOneLog: null,
  isKept: false,
  bytesPerDay: 1,
};

/** A thread that answers when the test says so. */
function heldThread(): { thread: ReadingThread; requests: PartRequest[]; answer: (isLast: boolean) => void } {
  const requests: PartRequest[] = [];
  let listener: (part: FilePart) => void = () => undefined;
  let answered = 0;
  return {
    requests,
    thread: {
      send: (request) => {
        requests.push(request);
      },
      onPart: (given) => {
        listener = given;
      },
      onEnd: () => undefined,
      stop: () => Promise.resolve(),
    },
    answer: (isLast) => {
      const { file } = requests[answered++] ?? { file: -1 };
      const stream = { numbers: new Float64Array([answered]), texts: [], others: [], urlLists: [] };
      listener({ file, stream, bytes: 10, end: isLast ? { stats: STATS, fault: null } : null });
    },
  };
}

const STATS: FileStats = {
  server: "EX01",
  format: "iis",
  ledger: createLedger(),
  isPresent: true,
  newestAtMs: null,
  newestReadAtMs: 0,
  missingColumns: null,
  folder: "LogFiles/W3SVC1",
};

describe("ReadingThreads", () => {
  test("requests as many parts of a file ahead as it may, and one more for each that is taken", async () => {
    const { thread, requests, answer } = heldThread();
    let bytes = 0;
    const threads = new ReadingThreads([FILE], [thread], {
      partsAhead: 3,
      onBytes: (count) => {
        bytes += count;
      },
    });
    threads.begin();
    expect(requests.length).toBe(1);
    for (let taken = 1; taken <= 5; taken++) {
      answer(false);
      expect((await threads.next(0)).stream.numbers[0]).toBe(taken);
      expect(requests.length - taken).toBe(3);
    }
    // Parts that have arrived count as well: no more are requested than three ahead.
    for (let arrived = 0; arrived < 3; arrived++) answer(false);
    expect((await threads.next(0)).stream.numbers[0]).toBe(6);
    expect(requests.length).toBe(9);
    expect(bytes).toBe(80);
  });

  test("parts requested beyond the last one are not waited for", async () => {
    const { thread, requests, answer } = heldThread();
    const threads = new ReadingThreads([FILE], [thread], { partsAhead: 4, onBytes: () => undefined });
    threads.begin();
    answer(false);
    await threads.next(0);
    expect(requests.length).toBe(5);
    answer(true);
    expect((await threads.next(0)).end).not.toBeNull();
    expect(requests.length).toBe(5);
  });

  test("the threads begin with the first 17 files before any part is asked for", () => {
    const { thread, requests } = heldThread();
    const files = Array.from({ length: 20 }, (_, at) => ({ ...FILE, fileKey: at }));
    new ReadingThreads(files, [thread], { partsAhead: 1, onBytes: () => undefined }).begin();
    expect(requests.map(({ file, opens }) => [file, opens?.fileKey])).toEqual(
      Array.from({ length: 17 }, (_, at) => [at, at]),
    );
  });
});
