import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "@jest/globals";
import {
  readStateRecord,
  type ParsedValue,
  StateVersionError,
  stateRecordPaths,
  writeStateRecord,
} from "../../src/state/state-record.ts";
import { tempFolders } from "../reading/temp-folder.ts";

const newFolder = tempFolders();
const NOW = Date.UTC(2026, 10, 22, 8);
const asIs = (value: unknown): ParsedValue<unknown> => ({ kind: "good", value });
const sumOf = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("readStateRecord()", () => {
  test("finds nothing in a new folder", async () => {
    expect(await readStateRecord(newFolder(), NOW, asIs)).toEqual({ kind: "fresh", value: null, notes: [] });
  });

  test("returns the last written value", async () => {
    const folder = newFolder();
    for (const value of [{ at: 1 }, { at: 2, text: "ä\n" }, { at: 3 }]) await writeStateRecord(folder, value);
    expect(await readStateRecord(folder, NOW, asIs)).toEqual({ kind: "loaded", value: { at: 3 }, notes: [] });
    expect(readdirSync(folder).toSorted()).toEqual(["state.json", "state.json.previous"]);
  });

  test.each([
    [
      "cut",
      (path: string) => {
        truncateSync(path, 100);
      },
      "its checksum does not match",
    ],
    [
      "empty",
      (path: string) => {
        truncateSync(path);
      },
      "its first line is not that of a state record",
    ],
    [
      "changed",
      (path: string) => {
        writeFileSync(path, readFileSync(path, "utf8").replace("2", "3"));
      },
      "its",
    ],
    [
      "longer",
      (path: string) => {
        appendFileSync(path, "x");
      },
      "its checksum does not match",
    ],
  ])("renames a %s record and returns the previous one", async (_, damage, because) => {
    const folder = newFolder();
    for (const at of [1, 2]) await writeStateRecord(folder, { at, text: "x".repeat(200) });
    const { current } = stateRecordPaths(folder);
    damage(current);
    const reading = await readStateRecord(folder, NOW, asIs);
    expect(reading).toMatchObject({ kind: "recovered", value: { at: 1 } });
    expect(reading.notes).toHaveLength(1);
    expect(reading.notes[0]).toContain(`Cannot read the state record "${current}": ${because}`);
    expect(existsSync(`${current}.damaged-20261122T080000000Z`)).toBe(true);
    await writeStateRecord(folder, { at: 4 });
    expect(await readStateRecord(folder, NOW, asIs)).toEqual({ kind: "loaded", value: { at: 4 }, notes: [] });
  });

  test("starts empty if both are damaged, and reports it", async () => {
    const folder = newFolder();
    for (const at of [1, 2]) await writeStateRecord(folder, { at });
    const { current, previous } = stateRecordPaths(folder);
    for (const path of [current, previous]) truncateSync(path, 10);
    const reading = await readStateRecord(folder, NOW, asIs);
    expect([reading.kind, reading.value, reading.notes.length]).toEqual(["fresh", null, 2]);
  });

  test.each(["before the first rename", "between the renames"])(
    "takes over a complete generation if the process died %s",
    async (when) => {
      const folder = newFolder();
      const { current, previous, next } = stateRecordPaths(folder);
      for (const at of [1, 2, 3]) await writeStateRecord(folder, { at });
      renameSync(current, next);
      if (when.startsWith("before")) renameSync(previous, current);
      expect(await readStateRecord(folder, NOW, asIs)).toEqual({ kind: "loaded", value: { at: 3 }, notes: [] });
      expect(await readStateRecord(folder, NOW, asIs)).toEqual({ kind: "loaded", value: { at: 3 }, notes: [] });
    },
  );

  test("skips an incomplete generation", async () => {
    const folder = newFolder();
    const { current, next } = stateRecordPaths(folder);
    await writeStateRecord(folder, { at: 1 });
    copyFileSync(current, next);
    truncateSync(next, 60);
    expect(await readStateRecord(folder, NOW, asIs)).toEqual({ kind: "loaded", value: { at: 1 }, notes: [] });
  });

  test("refuses a record in a newer format, and does not change it", async () => {
    const folder = newFolder();
    const { current } = stateRecordPaths(folder);
    const body = '{"at":1}\n';
    writeFileSync(current, `hma-exporter-state 3 ${sumOf(`hma-exporter-state 3\n${body}`)}\n${body}`);
    await expect(readStateRecord(folder, NOW, asIs)).rejects.toThrow(StateVersionError);
    await expect(readStateRecord(folder, NOW, asIs)).rejects.toThrow("a newer program has written it (format 3)");
    expect(readdirSync(folder)).toEqual(["state.json"]);
  });

  test("refuses a record with a value of a newer program, and does not change it", async () => {
    const folder = newFolder();
    for (const at of [1, 2]) await writeStateRecord(folder, { at });
    const newer = (): ParsedValue<unknown> => ({ kind: "newer", version: 7 });
    await expect(readStateRecord(folder, NOW, newer)).rejects.toThrow("a newer program has written it (version 7)");
    expect(readdirSync(folder).toSorted()).toEqual(["state.json", "state.json.previous"]);
  });

  test("reads a record in the previous format, whose checksum excludes the version", async () => {
    const folder = newFolder();
    const body = '{"at":1}\n';
    writeFileSync(stateRecordPaths(folder).current, `hma-exporter-state 1 ${sumOf(body)}\n${body}`);
    expect(await readStateRecord(folder, NOW, asIs)).toEqual({ kind: "loaded", value: { at: 1 }, notes: [] });
  });

  test.each(["0", "1", "3", "9"])("treats a version accidentally changed to %s as damage", async (version) => {
    const folder = newFolder();
    for (const at of [1, 2]) await writeStateRecord(folder, { at });
    const { current } = stateRecordPaths(folder);
    writeFileSync(current, readFileSync(current, "utf8").replace("state 2 ", `state ${version} `));
    const reading = await readStateRecord(folder, NOW, asIs);
    expect(reading).toMatchObject({ kind: "recovered", value: { at: 1 } });
    expect(reading.notes[0]).toContain("its checksum does not match");
  });

  test("renames a record that its owner does not understand, reports the path, and returns the previous one", async () => {
    const folder = newFolder();
    for (const at of [1, 2]) await writeStateRecord(folder, { at });
    const { current } = stateRecordPaths(folder);
    const odd = (value: unknown): ParsedValue<unknown> =>
      JSON.stringify(value) === '{"at":2}' ? { kind: "odd", because: "at: it is even" } : { kind: "good", value };
    const reading = await readStateRecord(folder, NOW, odd);
    expect(reading).toMatchObject({ kind: "recovered", value: { at: 1 } });
    expect(reading.notes[0]).toContain(
      `Cannot read the state record "${current}": at: it is even; it was set aside as`,
    );
    await writeStateRecord(folder, { at: 4 });
    const kept = readdirSync(folder).filter((name) => name.includes(".damaged-"));
    expect(kept.map((name) => readFileSync(join(folder, name), "utf8").includes('{"at":2}'))).toEqual([true]);
  });
});

describe("writeStateRecord()", () => {
  test("reports a folder that cannot be written", async () => {
    const folder = join(newFolder(), "none");
    await expect(writeStateRecord(folder, {})).rejects.toThrow(
      `Cannot write the state record "${join(folder, "state.json")}": no such file or folder (ENOENT)`,
    );
  });

  test("leaves a complete record of about the last value whenever the process is killed", async () => {
    const folder = newFolder();
    const module = pathToFileURL(join(process.cwd(), "src/state/state-record.ts")).href;
    const script = `
      import { readStateRecord, writeStateRecord } from ${JSON.stringify(module)};
      const found = await readStateRecord(${JSON.stringify(folder)}, Date.now(), (value) => ({ kind: "good", value }));
      let at = found.value === null ? 0 : found.value.at;
      for (;;) {
        at += 1;
        await writeStateRecord(${JSON.stringify(folder)}, { at, text: "x".repeat(at % 7 * 20000) });
        process.stdout.write(at + "\\n");
      }`;
    let last = 0;
    for (let round = 0; round < 40; round++) {
      const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let said = "";
      const wanted = 1 + (round % 4);
      for await (const text of child.stdout.setEncoding("utf8")) {
        said += String(text);
        if (said.split("\n").length <= wanted) continue;
        // At any time during the next write.
        await new Promise((resolve) => {
          setTimeout(resolve, Math.random() * 4);
        });
        child.kill("SIGKILL");
        break;
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      const reading = await readStateRecord(folder, NOW, asIs);
      expect(reading.notes).toEqual([]);
      expect(reading.kind).not.toBe("fresh");
      const value = reading.value;
      const at = typeof value === "object" && value !== null && "at" in value ? Number(value.at) : NaN;
      expect(at).toBeGreaterThanOrEqual(Math.max(last, Number(said.trim().split("\n").at(-1))));
      last = at;
    }
    expect(last).toBeGreaterThan(40);
    rmSync(folder, { recursive: true });
    // Forty starts of Node.js, which take seconds each on a busy machine.
  }, 300_000);
});
