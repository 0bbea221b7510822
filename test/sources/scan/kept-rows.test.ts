import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { PROTOCOLS } from "../../../src/model/label-values.ts";
import {
  HAS_FULL_ROW,
  HAS_USER,
  KEPT_COLUMNS,
  type KeepingServer,
  type RowScanner,
} from "../../../src/model/row-scanner.ts";
import type { LogKind } from "../../../src/model/row.ts";
import type { RowSink } from "../../../src/reading/row-sink.ts";
import { RowDecoder } from "../../../src/reading/threads/row-decoder.ts";
import { RowEncoder } from "../../../src/reading/threads/row-encoder.ts";
import { FOLLOWED_SLOTS, SUCCESS_COLUMNS } from "../../../src/model/logs/success-memory.ts";
import { combineKeys } from "../../../src/model/text-key.ts";
import { repetitions } from "../../soak.ts";
import { FORMATS } from "../plain-formats.ts";

const FIELDS =
  "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status";
const LOG: LogKind = { format: "iis", protocol: null, isBackEnd: false, encoding: "utf8" };
const FILE_KEY = 123_456_789;

interface Line {
  readonly second: number;
  readonly stem: string;
  readonly user: string;
  readonly client: number;
  readonly status: number;
}

const anyLine: fc.Arbitrary<Line> = fc.record({
  second: fc.nat(90),
  stem: fc.constantFrom("/ews/exchange.asmx", "/mapi/emsmdb/", "/owa/", "/elsewhere", "/"),
  user: fc.constantFrom("-", "-", "CONTOSO\\a"),
  client: fc.nat(20),
  status: fc.constantFrom(200, 200, 200, 302, 401, 500),
});

function textOf({ second, stem, user, client, status }: Line): string {
  const time = `08:0${Math.floor(second / 60)}:${String(second % 60).padStart(2, "0")}`;
  return `2026-11-22 ${time} 10.0.0.1 POST ${stem} - 443 ${user} 192.0.2.${client} Outlook ${status} 0 0\r\n`;
}

const NO_KINDS = { columns: new Float64Array(0), count: 0 };

/** Pool keys of two servers. */
const SERVERS: readonly KeepingServer[] = [0, 1].map((index) => ({
  index,
  poolKeyOf: ({ appPool }) => 1_000 * index + appPool.length,
  packedFieldsOf: () => 2,
  kindsOf: () => NO_KINDS,
}));

interface Seen {
  /** Served rows: URL code, time, key of the success, offset. */
  readonly served: (readonly [number, number, number, number])[];
  /** Other rows: index among the served rows before it, and the row. */
  readonly others: (readonly [number, unknown])[];
  /** Keys of listed rows of followed clients, with their offsets. */
  readonly followed: (readonly [number, number])[];
}

interface Job {
  readonly scanner: RowScanner;
  readonly bytes: Buffer;
  /** Null: served rows are listed. */
  readonly server: KeepingServer | null;
}

function begin({ scanner, bytes, server }: Job, horizonMs: number): void {
  scanner.load(bytes, 0, bytes.length);
  const keeping = server === null ? null : { fileKey: FILE_KEY, server };
  const rules = { sinceMs: 0, untilMs: Infinity, horizonMs, maxLineBytes: 4_096, keeping };
  const schema = FORMATS.iis.schemaFrom(`#Fields: ${FIELDS}`)!;
  scanner.begin(schema, { ...rules, log: LOG, protocolsSettledByOneLog: new Set(PROTOCOLS) });
}

/** Reads the bytes to their end, with a stop at `horizonMs`. */
function scan(job: Job, horizonMs: number, take: (at: number) => void): void {
  const { scanner } = job;
  let at = 0;
  for (const untilMs of [horizonMs, Infinity]) {
    begin(job, untilMs);
    do {
      const next = scanner.scan(at, at);
      take(at);
      at = next;
    } while (scanner.isFull);
  }
}

function listed(
  { bytes, server }: { readonly bytes: Buffer; readonly server: KeepingServer },
  horizonMs: number,
  isFollowed: (key: number) => boolean,
): Seen {
  const seen: Seen = { served: [], others: [], followed: [] };
  const scanner = FORMATS.iis.createScanner!();
  scan({ scanner, bytes, server: null }, horizonMs, (at) => {
    const { scanned } = scanner;
    expect(scanned.kept).toBeNull();
    for (let index = 0; index < scanned.count; index++) {
      const code = scanned.urlCodes[index]!;
      if ((code & HAS_FULL_ROW) !== 0) {
        seen.others.push([seen.served.length, scanned.fullRow(index)]);
        continue;
      }
      const key = combineKeys(scanned.clients[index]!, server.poolKeyOf(scanned.urls[code & ~HAS_USER]!));
      seen.served.push([code, scanned.atMs[index]!, key, at + scanned.starts[index]!]);
      if (isFollowed(key)) seen.followed.push([key, at + scanned.starts[index]!]);
    }
  });
  return seen;
}

/** Runs by URL code: number of rows, and first and last time of each ten seconds. */
function runsOf(rows: readonly (readonly [code: number, count: number, firstMs: number, lastMs: number])[]): unknown {
  const runs = new Map<string, [number, number, number]>();
  for (const [code, count, firstMs, lastMs] of rows) {
    expect(Math.floor(firstMs / 10_000)).toBe(Math.floor(lastMs / 10_000));
    const name = `${code} ${Math.floor(firstMs / 10_000)}`;
    const [before, first, last] = runs.get(name) ?? [0, Infinity, -Infinity];
    runs.set(name, [before + count, Math.min(first, firstMs), Math.max(last, lastMs)]);
  }
  return new Map([...runs].sort());
}

/** Like `scan`, but the rows are listed by another scanner, as in a reading thread, and sent to this one. */
function scanElsewhere({ scanner, bytes, server }: Job, horizonMs: number, take: (at: number) => void): void {
  const listing = FORMATS.iis.createScanner!();
  const encoder = new RowEncoder(
    () => new Set(),
    32_768,
    () => true,
  );
  scan({ scanner: listing, bytes, server: null }, horizonMs, (at) => {
    encoder.scanned("EX01", listing.scanned, { fileKey: FILE_KEY, offset: at });
  });
  const file = { server: "EX01", fileKey: FILE_KEY };
  const keeper = { scanner, server: server!, schemaFrom: FORMATS.iis.schemaFrom };
  const sink: RowSink = {
    row: () => undefined,
    scanned: (_server, _rows, position) => {
      take(position.offset);
    },
    advance: () => undefined,
  };
  new RowDecoder({ ...file, keeper }, { stream: encoder.take(), urlLists: [] }, sink).play();
}

describe("a scanner that keeps served rows", () => {
  test.each([
    ["that it scans", scan],
    ["that a scanner of another thread has listed", scanElsewhere],
  ])("writes the successes, runs and rows %s as they are listed otherwise", (_name, scanRows) => {
    const anyCase = fc.record({
      some: fc.array(anyLine, { minLength: 1, maxLength: 60 }),
      repeated: fc.constantFrom(1, 1, 60),
      which: fc.nat(1),
      share: fc.nat(3),
      second: fc.nat(100),
    });
    fc.assert(
      fc.property(anyCase, ({ some, repeated, which, share, second }) => {
        const server = SERVERS[which]!;
        const bytes = Buffer.from(some.map(textOf).join("").repeat(repeated));
        const isFollowed = (key: number): boolean => (key & 3) < share;
        const horizonMs = Date.UTC(2026, 10, 22, 8) + second * 1_000;
        const wanted = listed({ bytes, server }, horizonMs, isFollowed);
        const scanner = FORMATS.iis.createScanner!();
        const memory = scanner.memory!;
        for (let slot = 0; slot < FOLLOWED_SLOTS; slot++) memory.followed[slot] = isFollowed(slot) ? 1 : 0;
        const found: Seen = { served: [], others: [], followed: [] };
        const runs: [number, number, number, number][] = [];
        scanRows({ scanner, bytes, server }, horizonMs, (at) => {
          const { scanned } = scanner;
          const { count, runs: numbers, successesBefore } = scanned.kept!;
          for (let run = 0; run < count; run++) {
            const [code, rows, firstMs, lastMs] = numbers.subarray(run * KEPT_COLUMNS, (run + 1) * KEPT_COLUMNS);
            runs.push([code!, rows!, firstMs!, lastMs!]);
          }
          for (let index = 0; index < scanned.count; index++) {
            if ((scanned.urlCodes[index]! & HAS_FULL_ROW) !== 0)
              found.others.push([successesBefore[index]!, scanned.fullRow(index)]);
            else found.followed.push([scanned.clients[index]!, at + scanned.starts[index]!]);
          }
        });
        expect(found.others).toEqual(wanted.others);
        expect(found.followed).toEqual(wanted.followed);
        expect(runsOf(runs)).toEqual(runsOf(wanted.served.map(([code, atMs]) => [code, 1, atMs, atMs])));
        const kept = Array.from({ length: memory.count[0]! }, (_, index) =>
          memory.successes.slice(index * SUCCESS_COLUMNS, (index + 1) * SUCCESS_COLUMNS),
        );
        expect(kept.map((success) => [...success])).toEqual(
          wanted.served.map(([, atMs, key, offset]) => [key, atMs, FILE_KEY, offset]),
        );
      }),
      { numRuns: repetitions({ usual: 50, soak: 20_000 }) },
    );
  });

  test("has the successes of a client in a chain, also after more of them than it holds", () => {
    const scanner = FORMATS.iis.createScanner!();
    const memory = scanner.memory!;
    const line = (client: number): string => textOf({ second: 1, stem: "/ews/", user: "-", client, status: 200 });
    const bytes = Buffer.from(line(1) + line(2).repeat(9_999));
    const rounds = Math.ceil(memory.before.length / 10_000) + 1;
    for (let round = 0; round < rounds; round++)
      scan({ scanner, bytes, server: SERVERS[0]! }, Infinity, () => undefined);
    expect(memory.count[0]).toBe(rounds * 10_000);
    const numbers: number[] = [];
    const key = memory.successes[(((rounds - 1) * 10_000) % memory.before.length) * SUCCESS_COLUMNS]!;
    let number = memory.buckets[key & (memory.buckets.length - 1)]!;
    while (number > rounds * 10_000 - memory.before.length) {
      numbers.push(number);
      number = memory.before[(number - 1) % memory.before.length]!;
    }
    expect(numbers).toEqual(Array.from({ length: rounds - 2 }, (_, index) => (rounds - 1 - index) * 10_000 + 1));
  });

  test("goes on with the same memory when it must grow for a long range", () => {
    const scanner = FORMATS.iis.createScanner!();
    const memory = scanner.memory!;
    const before = memory.successes;
    const lines = textOf({ second: 1, stem: "/ews/", user: "-", client: 1, status: 200 }).repeat(40_000);
    scan({ scanner, bytes: Buffer.from(lines), server: SERVERS[0]! }, Infinity, () => undefined);
    expect(memory.successes).not.toBe(before);
    expect(memory.count[0]).toBe(40_000);
    expect(memory.successes[39_999 * SUCCESS_COLUMNS + 2]).toBe(FILE_KEY);
  });
});
