import type { ReportSources } from "../../src/report/report-model.ts";
import type { IncidentFinding, LoopFinding } from "../../src/model/finding.ts";

const INCIDENT: IncidentFinding = {
  id: "EX01-x",
  server: "EX01",
  appPool: "MSExchangeServicesAppPool",
  cause: "stale_keys_after_recycle",
  confidence: 0.9,
  start: "2026-11-16T23:58:00.125Z",
  end: "2026-11-17T00:20:00.400Z",
  clients: 2_345,
  rejections: 7_654_321,
  proven: true,
  evidence: [
    { at: "2026-11-16T23:57:50.250Z", kind: "recycle", text: "worker replaced", source: "events" },
    { at: "2026-11-17T00:01:07.500Z", kind: "recovery", text: "first client of them served again", source: "iis" },
  ],
};
const loopOf = (index: number): LoopFinding => ({
  server: "EX01",
  appPool: "MSExchangeServicesAppPool",
  protocol: "ews",
  client: `c${index}`,
  start: "2026-11-16T23:58:00.000Z",
  end: "2026-11-17T00:20:00.000Z",
  rejections: 3_210,
  category: "invalid_signature",
  outcome: "recovered",
});

/** A report with so many loops, recycles, key changes, files, failing checks and alerts; an incident about midnight. */
export function reportSources(many: number): ReportSources {
  const loops = Array.from({ length: many }, (_, index) => loopOf(index));
  return {
    findings: {
      servers: ["EX01"],
      from: "2026-11-16T07:00:00.125Z",
      to: "2026-11-24T10:00:00.250Z",
      incidents: Array.from({ length: Math.ceil(many / 2) }, (_, index) => ({ ...INCIDENT, id: `EX01-${index}` })),
      loops,
      recycles: loops.map(({ server, appPool, start }) => ({ server, appPool, at: start, reason: "crash" })),
      keyChanges: loops.map(({ start }) => ({ kind: "entra_keys_published", at: start })),
      accounting: loops.map(() => ({
        server: "EX01",
        file: "LogFiles/W3SVC1/u_ex261116.log",
        bytes: 10_000,
        counted: 9_000,
        skipped: 1_000,
        rows: 1_200,
      })),
    },
    notes: {
      requests: { success: 524_605, rejected: 7_654, suspected: 1_234 },
      bytes: 912_345,
      unreadableLines: 1_234,
      logGaps: [],
      showsWorkers: true,
      errors: loops.map(({ client }) => `Cannot read ${client}.log: permission denied (EACCES)`),
      snapshots: 1_500,
    },
    compliance: {
      at: "2026-11-24T09:00:00.125Z",
      results: loops.map(({ client }) => ({
        check: "oauth_on_virtual_directories",
        title: "OAuth is on",
        severity: "warning",
        object: client,
        verdict: "fail",
        found: "False",
        wanted: "True",
        because: null,
        remedy: `Set-WebServicesVirtualDirectory ${client}`,
      })),
    },
    backtest: {
      rules: 1_029,
      pages: 1_001,
      alerts: loops.map(({ start }) => ({
        alert: "HmaBearerLoopIncident",
        severity: "critical",
        server: "EX01",
        labels: { component: "bearer" },
        start,
        end: null,
        durationSeconds: 1_920,
        summary: "Clients are refused",
      })),
    },
    history: null,
  };
}
