import { readFile } from "node:fs/promises";
import { EXCHANGE_BUILDS } from "../../catalogue/builds.ts";
import { evaluateChecks, hasCriticalFailure } from "../../checks/evaluate-checks.ts";
import { checkReportJson, renderCheckReport } from "../../exposition/check-report.ts";
import { collectSnapshot } from "../../exchange/powershell/collect-snapshot.ts";
import { parseSnapshotText } from "../../exchange/snapshot-folder.ts";
import type { Snapshot } from "../../model/snapshot.ts";
import { configurationOf } from "../configuration.ts";
import { DONE, FAILED, UsageError } from "../exit-codes.ts";

/** `hma-exporter check-exchange`: exit code 1 when a critical check fails. */
export async function checkExchange(flags: Readonly<Record<string, string>>): Promise<number> {
  const file = flags["snapshot"];
  const snapshot = file === undefined ? await collected(flags) : await stored(file);
  const nowMs = Date.now();
  const results = evaluateChecks(snapshot, { nowMs, builds: EXCHANGE_BUILDS, publishedKeys: null });
  process.stdout.write(flags["format"] === "json" ? checkReportJson(results) : renderCheckReport(results, subjectOf(snapshot)));
  return hasCriticalFailure(results) ? FAILED : DONE;
}

function subjectOf({ atMs, server, errors }: Snapshot): Parameters<typeof renderCheckReport>[1] {
  return { collectedAtMs: atMs, server, faults: errors.map(({ part, text }) => `${part ?? "a part"}: ${text ?? "unknown"}`) };
}

async function collected(flags: Readonly<Record<string, string>>): Promise<Snapshot> {
  const { collect } = await configurationOf(flags);
  const { snapshot } = await collectSnapshot(
    { timeoutMs: collect.timeoutMs, ...(collect.powershell === null ? {} : { executable: collect.powershell }) },
    collect.server === null ? {} : { server: collect.server },
  );
  return snapshot;
}

async function stored(file: string): Promise<Snapshot> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new UsageError(`Cannot read the snapshot "${file}": ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  try {
    return parseSnapshotText(bytes);
  } catch (error) {
    throw new UsageError(`Cannot judge the snapshot "${file}": ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
