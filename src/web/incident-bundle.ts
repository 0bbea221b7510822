import { strToU8, zipSync } from "fflate";
import type { Zippable } from "fflate";
import type { Findings, IncidentFinding, LoopFinding } from "../model/finding.ts";
import { bundleReadme } from "./pages/incident-readme.ts";
import { renderMetrics } from "./metrics/metrics-page.ts";
import type { WebOptions } from "./web-options.ts";
import type { WebQueries } from "./web-queries.ts";
import { DAY_MS } from "../model/durations.ts";

/** Maximum numbers; further ones are left out, and the bundle states how many. */
const MAX_LOOPS = 1_000;
const MAX_RECYCLES = 500;

/**
 * Data of an incident as a zip of JSON and text, to pass on to other people: it contains no user, address or token. The same data gives the
 * same bytes; about 100 kB.
 */
export async function incidentBundle(
  queries: WebQueries,
  incident: IncidentFinding,
  options: Pick<WebOptions, "mode">,
): Promise<Buffer> {
  const findings = queries.findings();
  const status = queries.status();
  const safe = {
    ...incident,
    evidence: incident.evidence.map((piece) => ({ ...piece, text: queries.redact(piece.text) })),
  };
  const rows = queries.rawRows(incident.id);
  const versions = { exporter: status.version, node: process.version, platform: `${process.platform} ${process.arch}` };
  const files: Readonly<Record<string, string>> = {
    "README.txt": bundleReadme({ incident: safe, rows, versions, at: status.now, hasFarm: options.mode === "central" }),
    "incident.json": json({ incident: safe, rows }),
    "loops.json": json(
      bounded(
        "loops",
        findings.loops.filter((loop) => isDuring(loop, incident)),
        MAX_LOOPS,
      ),
    ),
    "recycles.json": json(bounded("recycles", recyclesAround(findings, incident), MAX_RECYCLES)),
    "key-changes.json": json({ keyChanges: findings.keyChanges }),
    "checks.json": json(failingChecks(queries)),
    "metrics.prom": await renderMetrics({ scopes: ["server"], values: queries.metricsOf(incident.server) }, "text"),
    "versions.json": json(versions),
  };
  return zipped(`hma-${incident.id}`, files, incident.start);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function bounded<T>(name: string, items: readonly T[], most: number): Readonly<Record<string, unknown>> {
  return { [name]: items.slice(0, most), leftOut: Math.max(0, items.length - most) };
}

/** Loops on the incident's app pool that overlap it. */
function isDuring({ server, appPool, start, end }: LoopFinding, incident: IncidentFinding): boolean {
  const isSamePool = server === incident.server && appPool === incident.appPool;
  return isSamePool && (end === null || end >= incident.start) && (incident.end === null || start <= incident.end);
}

/** Recycles of all pools of the server, because those of other pools may explain the incident. */
function recyclesAround(findings: Findings, { server, start, end }: IncidentFinding): Findings["recycles"] {
  const from = new Date(Date.parse(start) - DAY_MS).toISOString();
  return findings.recycles.filter(
    (recycle) => recycle.server === server && recycle.at >= from && (end === null || recycle.at <= end),
  );
}

/** Check results without their remedies, which contain names of objects. */
function failingChecks(queries: WebQueries): unknown {
  const { compliance } = queries.status();
  if (compliance === null) return { at: null, failing: [] };
  const redacted = (text: string | null): string | null => (text === null ? null : queries.redact(text));
  const failing = compliance.results
    .filter(({ verdict }) => verdict === "fail")
    .map(({ check, title, severity, object, found, wanted }) => ({
      check,
      title,
      severity,
      object,
      found: redacted(found),
      wanted: redacted(wanted),
    }));
  return { at: compliance.at, failing };
}

/** A zip with one folder. Zip times are local times, so all files get noon of the incident's day, which is the same in every time zone. */
function zipped(folder: string, files: Readonly<Record<string, string>>, start: string): Buffer {
  const [year = 1980, month = 1, day = 1] = start.slice(0, 10).split("-").map(Number);
  const mtime = new Date(year, month - 1, day, 12);
  const entries: Zippable = {};
  for (const [name, text] of Object.entries(files)) entries[`${folder}/${name}`] = [strToU8(text), { mtime }];
  return Buffer.from(zipSync(entries, { level: 6 }));
}
