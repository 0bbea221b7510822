import { PROBE_KINDS, PROBE_PHASES, PROBE_PROTOCOLS, PROBE_VERDICTS } from "../model/probe/probe.ts";
import type { Metric } from "./metric.ts";

/** What the probe of a server found. All are absent without a `probe:` key, and until the first probe. */
export const PROBE_METRICS = [
  {
    name: "hma_probe_success",
    type: "gauge",
    scope: "server",
    absentUntilKnown: true,
    labels: { probe: PROBE_KINDS, protocol: PROBE_PROTOCOLS },
    help: "1 when the last answer was what a healthy server gives, absent for what is not asked",
  },
  {
    name: "hma_probe_verdict",
    type: "gauge",
    scope: "server",
    absentUntilKnown: true,
    labels: { protocol: PROBE_PROTOCOLS, verdict: PROBE_VERDICTS },
    help: "1 for the verdict of the last run, the token's where one was sent, 0 for the others, absent before the first",
  },
  {
    name: "hma_probe_bearer_offered",
    type: "gauge",
    scope: "server",
    absentUntilKnown: true,
    labels: { protocol: PROBE_PROTOCOLS },
    help: "1 when the answer to an empty Bearer held a Bearer challenge, absent when it could not be told",
  },
  {
    name: "hma_probe_authority_valid",
    type: "gauge",
    scope: "server",
    absentUntilKnown: true,
    labels: { protocol: PROBE_PROTOCOLS },
    help: "1 when the challenge sends clients to a known authority, 0 when to none or another, absent when it could not be told",
  },
  {
    name: "hma_probe_http_status_code",
    type: "gauge",
    scope: "server",
    absentUntilKnown: true,
    labels: { protocol: PROBE_PROTOCOLS },
    help: "HTTP status of the last answer, absent without an answer",
  },
  {
    name: "hma_probe_duration_seconds",
    type: "gauge",
    scope: "server",
    absentUntilKnown: true,
    labels: { protocol: PROBE_PROTOCOLS, phase: PROBE_PHASES },
    help: "Time of the last request by phase, absent for a phase that was not reached",
  },
  {
    name: "hma_probe_timestamp_seconds",
    type: "gauge",
    scope: "server",
    absentUntilKnown: true,
    labels: { probe: PROBE_KINDS, protocol: PROBE_PROTOCOLS },
    help: "Time of the last probe, absent before the first",
  },
  {
    name: "hma_probe_tls_not_after_timestamp_seconds",
    type: "gauge",
    scope: "server",
    absentUntilKnown: true,
    labels: {},
    help: "Expiry of the server's own certificate, the earliest seen, absent until one was shown",
  },
  {
    name: "hma_probe_credential_not_after_timestamp_seconds",
    type: "gauge",
    scope: "exporter",
    absentUntilKnown: true,
    labels: {},
    help: "Expiry of the certificate by which the probe's application proves itself, absent for a secret",
  },
] as const satisfies readonly Metric[];
