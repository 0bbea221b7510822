import type { MetricValue } from "../model/metric-value.ts";
import {
  isGood,
  isPossibleVerdict,
  PROBE_PHASES,
  PROBE_PROTOCOLS,
  PROBE_VERDICTS,
  type ProbeOutcome,
  type ProbeProtocol,
} from "../model/probe/probe.ts";
import { entriesOf, tellingEntry, type ProbeBook } from "./probe-book.ts";

/** The metrics of one server's last results. Values that were not probed or are unknown are absent. */
export function probeMetrics(book: ProbeBook, server: string): MetricValue[] {
  const values: MetricValue[] = [];
  for (const { last } of entriesOf(book, server)) {
    const labels = { probe: last.probe, protocol: last.protocol };
    values.push(gauge("hma_probe_success", labels, isGood(last) ? 1 : 0));
    values.push(gauge("hma_probe_timestamp_seconds", labels, last.atMs / 1000));
    if (last.probe === "challenge") values.push(...offerOf(last));
  }
  for (const protocol of PROBE_PROTOCOLS) {
    const telling = tellingEntry(book, server, protocol)?.last;
    if (telling !== undefined) values.push(...verdictOf(telling, protocol));
  }
  const expiries = entriesOf(book, server).flatMap(({ last }) => last.tlsNotAfterMs ?? []);
  if (expiries.length > 0)
    values.push(gauge("hma_probe_tls_not_after_timestamp_seconds", {}, Math.min(...expiries) / 1000));
  return values;
}

function offerOf({ protocol, isBearerOffered, isAuthorityValid }: ProbeOutcome): MetricValue[] {
  return [
    ...(isBearerOffered === null ? [] : [gauge("hma_probe_bearer_offered", { protocol }, isBearerOffered ? 1 : 0)]),
    ...(isAuthorityValid === null ? [] : [gauge("hma_probe_authority_valid", { protocol }, isAuthorityValid ? 1 : 0)]),
  ];
}

function verdictOf(last: ProbeOutcome, protocol: ProbeProtocol): MetricValue[] {
  const values = PROBE_VERDICTS.filter((verdict) => isPossibleVerdict(protocol, verdict)).map((verdict) =>
    gauge("hma_probe_verdict", { protocol, verdict }, verdict === last.verdict ? 1 : 0),
  );
  if (last.status !== null) values.push(gauge("hma_probe_http_status_code", { protocol }, last.status));
  for (const phase of PROBE_PHASES) {
    const seconds = last.seconds[phase];
    if (seconds !== undefined) values.push(gauge("hma_probe_duration_seconds", { protocol, phase }, seconds));
  }
  return values;
}

function gauge(metric: string, labels: Readonly<Record<string, string>>, value: number): MetricValue {
  return { kind: "value", metric, labels, value };
}
