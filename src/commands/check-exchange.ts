import { readFile } from "node:fs/promises";
import { EXCHANGE_BUILDS } from "../catalogue/builds.ts";
import { evaluateChecks, hasCriticalFailure } from "../checks/evaluate-checks.ts";
import type { Config } from "../config/config-schema.ts";
import { keyEndpoints, openKeySource } from "../exchange/keys/key-source.ts";
import { collectSnapshot } from "../exchange/powershell/collect-snapshot.ts";
import { farmSnapshotFolder, openSnapshotFolder, parseSnapshotBytes } from "../exchange/snapshot-folder.ts";
import { checkReportJson, renderCheckReport } from "../report/check-report.ts";
import type { ParsedSnapshot } from "../model/snapshot/parse-snapshot.ts";
import type { PublishedKeys } from "../model/snapshot/signing-keys.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";
import { configurationOf } from "../daemon/configuration.ts";
import { DONE, FAILED, UsageError } from "../daemon/exit-codes.ts";
import { reasonOf } from "../model/reason-of.ts";

/** The snapshot to check, with the published keys. */
interface Subject extends ParsedSnapshot {
  /** Keys fetched by this command; null if it did not try, because a stored snapshot is checked by itself. */
  readonly publishedKeys: readonly PublishedKeys[] | null;
  /** Keys that could not be fetched, one sentence each. */
  readonly failures: readonly string[];
}

/** `hma-exporter check-exchange`. Exit code 1 if a critical check fails. */
export async function checkExchange(flags: Readonly<Record<string, string>>): Promise<number> {
  const subject = await subjectOf(flags);
  const results = evaluateChecks(subject.snapshot, {
    logGaps: [],
    nowMs: Date.now(),
    builds: EXCHANGE_BUILDS,
    publishedKeys: subject.publishedKeys,
    rolledOverAtMs: null,
    proofs: [],
  });
  process.stdout.write(
    flags["format"] === "json" ? checkReportJson(results) : renderCheckReport(results, headingOf(subject)),
  );
  return hasCriticalFailure(results) ? FAILED : DONE;
}

async function subjectOf(flags: Readonly<Record<string, string>>): Promise<Subject> {
  const { snapshot: file, farm } = flags;
  if (file !== undefined) return { ...(await stored(file)), publishedKeys: null, failures: [] };
  if (farm !== undefined) return newestOf(farm);
  return collected(await configurationOf(flags)).catch((cause: unknown) => {
    const because = reasonOf(cause);
    throw new Error(
      `${because}; without Exchange here, --farm DIR or --snapshot FILE judges what was collected there`,
      {
        cause,
      },
    );
  });
}

/** The newest readable snapshot of a farm, and the faults of unreadable ones. */
async function newestOf(farm: string): Promise<Subject> {
  const folder = await farmSnapshotFolder(farm);
  const { snapshots, faults } = await openSnapshotFolder(() => Promise.resolve(folder)).readNew();
  const snapshot = snapshots.at(-1);
  if (snapshot === undefined)
    throw new UsageError(
      `Cannot judge the farm "${farm}": ` +
        `${faults[0]?.message ?? `there is no snapshot in "${folder}"; expected are *.json files as hma-exporter collect prints them`}`,
    );
  return { snapshot, faults: [], publishedKeys: null, failures: faults.map(({ message }) => message) };
}

function headingOf({
  snapshot: { atMs, server, errors },
  faults,
  failures,
}: Subject): Parameters<typeof renderCheckReport>[1] {
  const unread = faults.map(({ path, text }) => (path === "" ? text : `${path}: ${text}`));
  return {
    collectedAtMs: atMs,
    server,
    faults: [...errors.map(({ part, text }) => `${part}: ${text}`), ...unread, ...failures],
  };
}

async function collected({ collect, keys }: Config): Promise<Subject> {
  const { snapshot, faults } = await collectSnapshot(
    { timeoutMs: collect.timeoutMs, ...(collect.powershell === null ? {} : { executable: collect.powershell }) },
    collect.server === null ? {} : { server: collect.server },
  );
  return {
    snapshot,
    faults,
    ...(keys.enabled ? await fetchedKeys(snapshot, keys) : { publishedKeys: null, failures: [] }),
  };
}

async function fetchedKeys(
  snapshot: Snapshot,
  { proxy, timeoutMs }: Config["keys"],
): Promise<Pick<Subject, "publishedKeys" | "failures">> {
  const source = openKeySource({ proxyUrl: proxy, timeoutMs });
  const publishedKeys: PublishedKeys[] = [];
  const failures: string[] = [];
  for (const endpoint of keyEndpoints(snapshot)) {
    try {
      publishedKeys.push((await source.fetch(endpoint, Date.now())).published);
    } catch (error) {
      failures.push(reasonOf(error));
    }
  }
  await source.close();
  return { publishedKeys: publishedKeys.length === 0 ? null : publishedKeys, failures };
}

async function stored(file: string): Promise<ParsedSnapshot> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new UsageError(`Cannot read the snapshot "${file}": ${reasonOf(error)}`, { cause: error });
  }
  try {
    return parseSnapshotBytes(bytes);
  } catch (error) {
    throw new UsageError(`Cannot judge the snapshot "${file}": ${reasonOf(error)}`, { cause: error });
  }
}
