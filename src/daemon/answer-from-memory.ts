import { configurationText } from "../config/configuration-text.ts";
import { knownServer } from "../engine/create-engine.ts";
import { serverMetrics } from "../engine/engine-metrics.ts";
import { aheadNotice, serversAhead } from "./clock-notices.ts";
import { findingsOf, rawRowsOf } from "../engine/incidents/findings.ts";
import type { ServerStatus, WebQueries, WebStatus } from "../web/web-queries.ts";
import { scrub } from "../logging/scrub.ts";
import { logNotices } from "../markup/log-notices.ts";
import { logGapsOf } from "../reading/read-stats.ts";
import type { Findings } from "../model/finding.ts";
import type { MetricValue } from "../model/metric-value.ts";
import type { DaemonParts } from "./daemon-parts.ts";
import { followMetrics } from "./follow-metrics.ts";
import { gateVerdict } from "./gate.ts";
import { healthOf, readinessOf } from "./health.ts";
import { knownServers, missingLogs, watchedText } from "./known-servers.ts";
import { EMPTY_BOOK } from "../probe/probe-book.ts";
import { probeMetrics } from "../probe/probe-metrics.ts";
import { keysOf, probeRows } from "./probe/probe-rows.ts";
import { probeOnce } from "./probe/probe-once.ts";
import { readVersion } from "./version.ts";
import { reasonOf } from "../model/reason-of.ts";

/** Values of the engine for one server; none while no row of it was read. */
function engineMetrics({ detection }: DaemonParts, name: string): MetricValue[] {
  const server = knownServer(detection.engine, name);
  return server === undefined ? [] : serverMetrics(detection.view(), server);
}

/** Answers the web server's queries from memory. `refreshWeb` reads the web configuration file again if it has changed. */
export function answerFromMemory(parts: DaemonParts, refreshWeb: () => Promise<void>): WebQueries {
  const { detection, organisation, options, status } = parts;
  const version = readVersion();
  return {
    serverNames: () => knownServers(parts),
    whyNoServers: () => missingLogs(parts),
    metricsOf: (server) => [
      ...engineMetrics(parts, server),
      ...followMetrics(detection.follower.statsOf(server), status.readErrors.get(server) ?? new Map()),
      ...organisation.serverMetrics(server),
      logsFound(parts, server),
      ...probeMetrics(parts.probes.current()?.prober.book() ?? EMPTY_BOOK, server),
    ],
    exporterMetrics: () => [
      ...exporterMetrics(parts, version),
      ...organisation.metrics(),
      ...organisation.exporterMetrics(),
      ...credentialMetrics(parts),
    ],
    findings: () => liveFindings(parts),
    revision: () => status.turn,
    configuration: () => configurationText(options.live.inForce()),
    rawRows: (incidentId) => rawRowsOf(detection.view(), incidentId) ?? [],
    redact: scrub,
    status: () => webStatus(parts, version.version),
    health: () => healthOf(parts),
    readiness: () => readinessOf(parts),
    reload: async () => {
      const result = await options.live.reload(parts.probes.prepare);
      status.noteReload(result.ok, options.clock.wall());
      if (result.ok) {
        await refreshWeb();
        options.logger.info("Configuration reloaded", { applied: result.applied });
        if (result.waiting.length > 0)
          options.logger.warn("Changed configuration keys need a restart", { waiting: result.waiting });
      } else {
        options.logger.error("Configuration not reloaded", { faults: result.faults });
      }
      return result;
    },
    gate: (server, protocol) => gateVerdict(parts, server, protocol),
    probe: (request) => probeOnce(parts.probes.current(), request),
    onError: (error) => {
      options.logger.error("Request failed", { error: reasonOf(error) });
    },
  };
}

/** 1 while the server has at least one log file, as of the last listing; otherwise 0. */
function logsFound({ detection }: DaemonParts, server: string): MetricValue {
  const isFound = detection.follower.hasLogs(server);
  return { kind: "value", metric: "hma_server_logs_found", labels: {}, value: isFound ? 1 : 0 };
}

function silenceNotice({ server, sinceMs }: { readonly server: string; readonly sinceMs: number }): string {
  return `${server} has not answered since ${new Date(sinceMs).toISOString()}: its logs are not read; those of other servers are.`;
}

function snapshotsNotice(sinceMs: number | null): string[] {
  if (sinceMs === null) return [];
  return [`The snapshot folder has not answered since ${new Date(sinceMs).toISOString()}.`];
}

function stateNotice(lostTo: string | null): string[] {
  return lostTo === null ? [] : [`The state is no longer written: ${lostTo}.`];
}

function credentialMetrics({ probes }: DaemonParts): MetricValue[] {
  const atMs = probes.current()?.credentialNotAfterMs() ?? null;
  const metric = "hma_probe_credential_not_after_timestamp_seconds";
  return atMs === null ? [] : [{ kind: "value", metric, labels: {}, value: atMs / 1000 }];
}

function liveFindings({ detection, organisation }: DaemonParts): Findings {
  const found = findingsOf(detection.view(), {
    secret: detection.secret,
    keyChanges: organisation.keyChanges(),
  });
  return { ...found, accounting: detection.follower.accounts() };
}

function exporterMetrics(
  { detection, status, checkpoints }: DaemonParts,
  version: { version: string; commit: string },
): MetricValue[] {
  const add = (metric: string, value: number, labels: Record<string, string> = {}): MetricValue => ({
    kind: "value",
    metric,
    labels,
    value,
  });
  const written = checkpoints.outcome;
  return [
    add("hma_exporter_build_info", 1, {
      version: version.version,
      revision: version.commit,
      node_version: process.version,
    }),
    add("hma_exporter_caught_up", status.isCaughtUp ? 1 : 0),
    add("hma_exporter_servers", detection.follower.servers().length),
    add("hma_exporter_config_last_reload_successful", status.reload.isSuccessful ? 1 : 0),
    add("hma_exporter_config_last_reload_success_timestamp_seconds", status.reload.lastSuccessMs / 1000),
    add("hma_exporter_clients_tracked", detection.engine.clients.size),
    add("hma_exporter_clients_dropped_total", detection.engine.clientsDropped),
    add("hma_exporter_joins_dropped_total", detection.engine.table.dropped),
    add("hma_log_unaccounted_bytes", detection.follower.unaccountedBytes()),
    ...(written === null ? [] : [add("hma_exporter_checkpoint_success", written.isSuccessful ? 1 : 0)]),
    ...(written === null || written.lastSuccessMs === 0
      ? []
      : [add("hma_exporter_checkpoint_last_success_timestamp_seconds", written.lastSuccessMs / 1000)]),
  ];
}

function webStatus(parts: DaemonParts, version: string): WebStatus {
  const { detection, organisation, options, status, checkpoints } = parts;
  const probed = parts.probes.current();
  const notices = [
    ...(status.isCaughtUp ? [] : ["The logs that existed at the start are still being read."]),
    ...(checkpoints.outcome?.isSuccessful === false
      ? ["The state could not be written: after a restart, logs would be read again."]
      : []),
    ...(status.isCaughtUp && detection.follower.serversWithLogs().size === 0 ? [`${missingLogs(parts)}.`] : []),
    ...detection.follower.silent().map(silenceNotice),
    ...snapshotsNotice(organisation.snapshotsSilentSinceMs()),
    ...stateNotice(options.state.lostTo()),
    ...serversAhead(detection.engine).map(aheadNotice),
    ...logNotices(logGapsOf(detection.follower.stats()), detection.follower.accounts()),
  ];
  return {
    version,
    now: new Date(options.clock.wall()).toISOString(),
    startedAt: new Date(status.startedAtMs).toISOString(),
    watched: watchedText(options.target),
    servers: knownServers(parts).map((name) => serverStatus(parts, name)),
    exposure: organisation.exposure(),
    probe: probed === null ? null : probeRows(probed.prober.book(), keysOf(organisation)),
    compliance: organisation.compliance(),
    notices,
  };
}

function serverStatus(parts: DaemonParts, name: string): ServerStatus {
  return {
    name,
    sources: parts.detection.follower.statsOf(name).map(({ format, files, newestAtMs, lagMs, ledger }) => ({
      format,
      files,
      lastEventAt: newestAtMs === null ? null : new Date(newestAtMs).toISOString(),
      lagSeconds: lagMs === null ? null : Math.max(0, Math.round(lagMs / 1000)),
      unreadableLines: ledger.unreadable.reduce((sum, count) => sum + count, 0),
    })),
  };
}
