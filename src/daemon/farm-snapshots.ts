import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { openSnapshotFolder, type SnapshotReading } from "../exchange/snapshot-folder.ts";

/** The organisation's snapshots of all farms, oldest first. A farm without any has none. */
export async function readFarmSnapshots(farms: readonly string[]): Promise<SnapshotReading> {
  const readings = await Promise.all(farms.map(async (farm) => openSnapshotFolder(await snapshotFolderOf(farm)).readNew()));
  return {
    snapshots: readings.flatMap((reading) => reading.snapshots).sort((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0)),
    faults: readings.flatMap((reading) => reading.faults),
  };
}

/** Folder names match without regard to case. */
async function snapshotFolderOf(farm: string): Promise<string> {
  const names = await readdir(farm).catch(() => []);
  return join(farm, names.find((name) => name.toLowerCase() === "snapshots") ?? "snapshots");
}
