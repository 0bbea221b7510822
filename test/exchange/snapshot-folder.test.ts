import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { farmSnapshotFolder, openSnapshotFolder } from "../../src/exchange/snapshot-folder.ts";
import { tempFolders } from "../reading/temp-folder.ts";

const newFolder = tempFolders();
const SNAPSHOT = JSON.stringify({ snapshotVersion: 1, at: "2026-11-22T08:00:00Z" });

describe("openSnapshotFolder()", () => {
  test("finds the folder of a farm in any case, even if it is created later", async () => {
    const farm = newFolder();
    const folder = openSnapshotFolder(() => farmSnapshotFolder(farm));
    expect((await folder.readNew()).snapshots).toEqual([]);
    mkdirSync(join(farm, "Snapshots"));
    writeFileSync(join(farm, "Snapshots", "a.json"), SNAPSHOT);
    expect((await folder.readNew()).snapshots).toHaveLength(1);
    expect((await folder.readNew()).snapshots).toEqual([]);
  });

  test("reports a fault once, without content of the file", async () => {
    const path = newFolder();
    const folder = openSnapshotFolder(() => Promise.resolve(path));
    writeFileSync(join(path, "a.json"), "anna.smith is here");
    const { faults } = await folder.readNew();
    expect(faults).toEqual([{ file: "a.json", message: 'Cannot read the snapshot "a.json": it is not JSON' }]);
    expect((await folder.readNew()).faults).toEqual([]);
    writeFileSync(join(path, "a.json"), '{"at":\n');
    expect((await folder.readNew()).faults).toEqual([
      { file: "a.json", message: 'Cannot read the snapshot "a.json": it is not JSON (it ends in line 2 column 0)' },
    ]);
    writeFileSync(join(path, "a.json"), "[1,2");
    expect((await folder.readNew()).faults).toEqual([
      { file: "a.json", message: 'Cannot read the snapshot "a.json": it is not JSON (line 1 column 5)' },
    ]);
    for (const [text, because] of [
      ["[]", "it is not a JSON object but a list"],
      ['"anna"', "it is not a JSON object but a string"],
      ["null", "it is not a JSON object but null"],
      ['{"anna":1}', "it has none of the parts of a snapshot, such as organizationConfig and authServers"],
    ] as const) {
      writeFileSync(join(path, "a.json"), text);
      expect((await folder.readNew()).faults).toEqual([
        { file: "a.json", message: `Cannot read the snapshot "a.json": ${because}` },
      ]);
    }
    writeFileSync(join(path, "a.json"), SNAPSHOT);
    utimesSync(join(path, "a.json"), 1, 1);
    expect(await folder.readNew()).toMatchObject({ snapshots: [{}], faults: [] });
  });
});
