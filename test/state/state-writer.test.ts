import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readStateRecord, stateRecordPaths, writeStateRecord } from "../../src/state/state-record.ts";
import { createStateWriter } from "../../src/state/state-writer.ts";
import { tempFolders } from "../reading/temp-folder.ts";

const newFolder = tempFolders();

let folder = "";
beforeEach(() => {
  folder = newFolder();
});

interface Value {
  readonly clock: number;
  readonly files: readonly string[];
}

/** A record of a good megabyte: one item for each of 3,000 files. */
function valueOf(clock: number, edits: readonly (readonly [number, string])[] = []): Value {
  const files = Array.from(
    { length: 3_000 },
    (_, at) => `${at} ${"x".repeat(at % 97)} ${String(at * 7_919).repeat(70)}`,
  );
  for (const [at, text] of edits) files[at] = text;
  return { clock, files };
}

async function read(): Promise<unknown> {
  const { value } = await readStateRecord(folder, 0, (found) => ({ kind: "good", value: found }));
  return value;
}

async function writeAll(values: readonly Value[]): Promise<void> {
  const { write } = createStateWriter(folder);
  for (const value of values) await write(() => value, false);
}

const changes = (): string => stateRecordPaths(folder).changes;

describe("a writer of the state", () => {
  test("writes the first record whole, and then what has changed", async () => {
    await writeAll([valueOf(1), valueOf(2), valueOf(3, [[1_500, "changed"]])]);
    expect(await read()).toEqual(valueOf(3, [[1_500, "changed"]]));
    expect(readdirSync(folder).toSorted()).toEqual(["state.json", "state.json.changes"]);
    expect(statSync(changes()).size).toBeLessThan(statSync(stateRecordPaths(folder).current).size / 20);
  });

  test("writes a small record whole each time", async () => {
    await writeAll([1, 2].map((clock) => ({ clock, files: ["one"] })));
    expect(await read()).toEqual({ clock: 2, files: ["one"] });
    expect(readdirSync(folder).toSorted()).toEqual(["state.json", "state.json.previous"]);
  });

  test("writes the whole record on demand, and keeps the changes of the previous one", async () => {
    const { write } = createStateWriter(folder);
    for (const clock of [1, 2]) await write(() => valueOf(clock), false);
    await write(() => valueOf(3), true);
    expect(await read()).toEqual(valueOf(3));
    expect(existsSync(changes())).toBe(false);
    writeFileSync(stateRecordPaths(folder).current, "damaged");
    expect(await read()).toEqual(valueOf(2));
  });

  test("writes the whole record when too much has changed, and asks for it a second time", async () => {
    const { write } = createStateWriter(folder);
    await write(() => valueOf(1), false);
    const other: Value = { clock: 2, files: valueOf(1).files.map((text) => `${text}${text}`) };
    let taken = 0;
    await write(() => {
      taken += 1;
      return other;
    }, false);
    expect([taken, await read()]).toEqual([2, other]);
    expect(existsSync(changes())).toBe(false);
  });

  test("keeps the changes smaller than the record, however many records are written", async () => {
    const { write } = createStateWriter(folder);
    let largest = 0;
    for (let clock = 0; clock < 60; clock++) {
      const edits = Array.from({ length: 4 }, (_, at) => [(clock * 131 + at * 700) % 3_000, `edit ${clock}`] as const);
      await write(() => valueOf(clock, edits), false);
      largest = Math.max(largest, existsSync(changes()) ? statSync(changes()).size : 0);
    }
    expect(largest).toBeGreaterThan(100_000);
    expect(largest).toBeLessThan(statSync(stateRecordPaths(folder).current).size);
  });

  test("writes the whole record after a write that failed", async () => {
    const { write } = createStateWriter(folder);
    await write(() => valueOf(1), false);
    mkdirSync(changes());
    await expect(write(() => valueOf(2), false)).rejects.toThrow("Cannot write changes of the state record");
    rmSync(changes(), { recursive: true });
    await write(() => valueOf(3), false);
    expect(await read()).toEqual(valueOf(3));
    expect(existsSync(changes())).toBe(false);
  });

  test("any sequence of records is read as it was written", async () => {
    const edit = fc.tuple(fc.nat(2_999), fc.string({ maxLength: 3_000 }));
    const step = fc.record({ edits: fc.array(edit, { maxLength: 20 }), isWhole: fc.boolean(), isNew: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        folder = newFolder();
        let writer = createStateWriter(folder);
        for (const [clock, { edits, isWhole, isNew }] of steps.entries()) {
          if (isNew) writer = createStateWriter(folder);
          const value = valueOf(clock, edits);
          await writer.write(() => value, isWhole);
          expect(await read()).toEqual(value);
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe("readStateRecord() with changes", () => {
  const values = [valueOf(1), valueOf(2, [[7, "two"]]), valueOf(3, [[9, "three"]])];

  test("ignores an entry that was cut, wherever that is", async () => {
    await writeAll(values.slice(0, 2));
    const before = statSync(changes()).size;
    await writeAll(values);
    const whole = readFileSync(changes());
    for (const cut of [1, 2, 50, whole.length - before - 1, whole.length - before]) {
      writeFileSync(changes(), whole.subarray(0, whole.length - cut));
      expect(await read()).toEqual(values[1]);
    }
    truncateSync(changes(), 10);
    expect(await read()).toEqual(values[0]);
  });

  test("ignores an entry that was changed, and all after it", async () => {
    await writeAll(values.slice(0, 2));
    const before = statSync(changes()).size;
    await writeAll(values);
    const whole = readFileSync(changes());
    for (const [at, expected] of [
      [before + 3, values[1]],
      [whole.length - 9, values[1]],
      [before - 9, values[0]],
      [5, values[0]],
    ] as const) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      writeFileSync(changes(), changed);
      expect(await read()).toEqual(expected);
    }
  });

  test("ignores bytes after the last entry", async () => {
    await writeAll(values);
    appendFileSync(changes(), "something else\n");
    expect(await read()).toEqual(values[2]);
  });

  test("ignores the changes of another record, for example one that a program without changes wrote", async () => {
    await writeAll(values);
    const kept = readFileSync(changes());
    await writeStateRecord(folder, valueOf(9));
    writeFileSync(changes(), kept);
    expect(await read()).toEqual(valueOf(9));
  });
});
