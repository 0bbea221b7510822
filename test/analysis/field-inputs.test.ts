import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { analyzeFarms, type Analysis } from "../../src/analysis/analyze-farms.ts";
import { reportJson, reportOf } from "../../src/report/report-model.ts";
import { textReport } from "../../src/report/report-text.ts";
import { defaultConfig } from "./small-farm.ts";

/** Logs in the formats of public reports, and the expected readings of their rows. */

const FOLDER = resolve(import.meta.dirname, "../../../shared/cases/field");
const isThere = existsSync(FOLDER);
if (!isThere) console.warn("No cases beside this repository: logs in the forms of public reports are skipped");

async function analysisOf(farm: string): Promise<Analysis> {
  return analyzeFarms({ farms: [farm], config: await defaultConfig(), threads: 1 });
}

interface Wanted {
  readonly requests?: Readonly<Record<string, number>>;
  readonly loops?: number;
  readonly incidents?: number;
  readonly recycles?: readonly string[];
}

const CASES: Readonly<Record<string, Wanted>> = {
  "01-bearer-success-sid": { requests: { success: 3 }, loops: 0 },
  "02-iis-without-substatus": { requests: { challenge: 32 }, loops: 0 },
  "03-ntlm-flood-mac": { requests: { handshake: 161, success: 1 }, loops: 0 },
  "04a-wssecurity-iis-only": { requests: { challenge: 28 }, loops: 0 },
  "04b-wssecurity-with-httpproxy": { requests: { challenge: 28 }, loops: 0 },
  "05-oauth-not-available-empty-bearer": { requests: { challenge: 24, success: 24 }, loops: 0 },
  "05b-oauth-not-available-no-fallback": { requests: { challenge: 28 }, loops: 4, incidents: 1 },
  "06-outlook-mobile-rotating-exo-addresses": { requests: { rejected: 48 }, loops: 4, incidents: 1 },
  "08-x-forwarded-for-spellings": { requests: { suspected: 24 }, loops: 4, incidents: 1 },
  "10-odd-w3c-rows": { requests: {}, loops: 0 },
  "12-httperr-reqqueue": { recycles: ["MSExchangeServicesAppPool crash"] },
  "14a-events-one-per-line": { recycles: ["MSExchangeServicesAppPool crash", "MSExchangeMapiFrontEndAppPool crash"] },
  "14b-events-save-as-xml": { recycles: ["MSExchangeServicesAppPool crash", "MSExchangeMapiFrontEndAppPool crash"] },
  "14d-events-rendered-xml": { recycles: ["MSExchangeServicesAppPool crash", "MSExchangeMapiFrontEndAppPool crash"] },
  "17-reason-sentences": { requests: { rejected: 5 } },
  "20b-same-requests-iis-only": { requests: { suspected: 120 }, loops: 5, incidents: 1 },
  "21-back-end-site-other-id": { requests: { success: 6 } },
};

(isThere ? describe : describe.skip)("logs in the forms of public reports", () => {
  test.each(Object.entries(CASES))("%s", async (name, wanted) => {
    const { findings, notes } = await analysisOf(join(FOLDER, name, "farm"));
    expect({
      ...(wanted.requests === undefined ? {} : { requests: notes.requests }),
      ...(wanted.loops === undefined ? {} : { loops: findings.loops.length }),
      ...(wanted.incidents === undefined ? {} : { incidents: findings.incidents.length }),
      ...(wanted.recycles === undefined
        ? {}
        : { recycles: findings.recycles.map(({ appPool, reason }) => `${appPool} ${reason}`) }),
    }).toEqual(wanted);
    for (const { bytes, counted, skipped } of findings.accounting) expect(counted + skipped).toBe(bytes);
  });
});

describe("missing data in the logs", () => {
  let farm: string;
  let analysis: Analysis;

  beforeAll(async () => {
    farm = await mkdtemp(join(tmpdir(), "hma-gaps-"));
    await mkdir(join(farm, "EX01/LogFiles/W3SVC1"), { recursive: true });
    await mkdir(join(farm, "EX01/events"), { recursive: true });
    const header = "#Fields: date time cs-uri-stem cs-uri-query cs-username c-ip cs(User-Agent) sc-status";
    const rows = Array.from(
      { length: 20 },
      (_, index) => `2026-11-22 08:00:${10 + index} /EWS/Exchange.asmx - - 10.0.0.1 x 401`,
    );
    await writeFile(join(farm, "EX01/LogFiles/W3SVC1/u_ex261122.log"), [header, ...rows, ""].join("\r\n"));
    await writeFile(join(farm, "EX01/events/system.xml"), "<html><body>Zugriff verweigert</body></html>\n");
    analysis = await analysisOf(farm);
  }, 60_000);
  afterAll(() => rm(farm, { recursive: true, force: true }));

  test("rows without a column that shows their kind make no client suspected", () => {
    expect(analysis.notes.requests).toEqual({ challenge: 20 });
    expect(analysis.findings.loops).toEqual([]);
  });

  test("the report lists the missing columns and the event file, and claims nothing about workers", () => {
    const { findings, notes, compliance } = analysis;
    const report = reportOf({ findings, notes, compliance, backtest: null, history: null });
    const text = textReport(report);
    expect(text).toMatch(/IIS of EX01 does not log sc-substatus \(the kind of a 401/);
    expect(text).toContain("EX01/events/system.xml (45 bytes) gave no event");
    expect(text).toContain("Recycles   unknown");
    expect(reportJson(report)).toMatchObject({
      missingColumns: [{ server: "EX01", format: "iis", columns: ["sc-substatus", "sc-win32-status"] }],
      silentFiles: [{ server: "EX01", file: "events/system.xml" }],
    });
  });
});
