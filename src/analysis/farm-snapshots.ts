import { farmSnapshotFolder, openSnapshotFolder, type SnapshotReading } from "../exchange/snapshot-folder.ts";

/** The snapshots of all farms, oldest first. A farm without snapshots adds none. */
export async function readFarmSnapshots(farms: readonly string[]): Promise<SnapshotReading> {
  const readings = await Promise.all(farms.map((farm) => openSnapshotFolder(() => farmSnapshotFolder(farm)).readNew()));
  return {
    snapshots: readings.flatMap((reading) => reading.snapshots).sort((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0)),
    faults: readings.flatMap((reading) => reading.faults),
  };
}
