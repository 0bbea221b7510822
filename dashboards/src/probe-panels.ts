import type { Panel } from "@grafana/schema";
import { organisation, series } from "./series.ts";
import { ageSeries, timeSeries } from "./time-series.ts";

/** Current verdicts of the probe by protocol. */
export const probeVerdicts = (): Panel =>
  timeSeries({
    title: "Probe: verdicts",
    description:
      "The current verdict for each protocol has the value 1. offered is the good verdict of the challenge " +
      "probe, accepted that of the token probe; refused_keys: this worker does not accept today's signing keys.",
    unit: "none",
    decimals: 0,
    min: 0,
    queries: [
      { expr: `max by (protocol, verdict) (${series("hma_probe_verdict")}) > 0`, legend: "{{protocol}} {{verdict}}" },
    ],
  });

/** Shows whether the answers were those of a healthy server. */
export const probeSuccess = (): Panel =>
  timeSeries({
    title: "Probe: success",
    description:
      "1 if the answer was that of a healthy server. Bearer offered and authority valid are absent if they are unknown.",
    unit: "none",
    min: 0,
    queries: [
      { expr: `min by (probe, protocol) (${series("hma_probe_success")})`, legend: "{{probe}} {{protocol}}" },
      { expr: `min by (protocol) (${series("hma_probe_bearer_offered")})`, legend: "{{protocol}} Bearer offered" },
      { expr: `min by (protocol) (${series("hma_probe_authority_valid")})`, legend: "{{protocol}} authority valid" },
    ],
  });

/** HTTP status of the last answers. */
export const probeStatus = (): Panel =>
  timeSeries({
    title: "Probe: HTTP status",
    description:
      "HTTP status of the last answer for each protocol: 401 without a token, 200 with an accepted one. Nothing is " +
      "drawn without an answer.",
    unit: "none",
    decimals: 0,
    min: 0,
    max: 600,
    queries: [{ expr: `max by (protocol) (${series("hma_probe_http_status_code")})`, legend: "{{protocol}}" }],
  });

/** Duration of the last answers. */
export const probeDurations = (): Panel =>
  timeSeries({
    title: "Probe: duration",
    description: "Duration of each phase of the last probe, for each protocol.",
    unit: "s",
    min: 0,
    queries: [
      { expr: `max by (protocol, phase) (${series("hma_probe_duration_seconds")})`, legend: "{{protocol}} {{phase}}" },
    ],
  });

/** Age of the last answers. */
export const probeAges = (): Panel =>
  ageSeries({
    title: "Probe: age of the last answer",
    description: "Time since the last answer of each probe. If it grows, this server is no longer probed.",
    in: "minutes",
    min: 0,
    softMax: 5,
    queries: [
      {
        expr: `time() - max by (probe, protocol) (${series("hma_probe_timestamp_seconds")})`,
        legend: "{{probe}} {{protocol}}",
      },
    ],
  });

/** Remaining validity of the certificate and the credential that the probe needs. */
export const probeExpiry = (): Panel =>
  ageSeries({
    title: "Probe: certificate and credential",
    description:
      "Remaining validity of the server's TLS certificate, and of the credential with which the token probe signs in.",
    in: "days",
    queries: [
      { expr: `min(${series("hma_probe_tls_not_after_timestamp_seconds")}) - time()`, legend: "TLS certificate" },
      {
        expr: `min(${organisation("hma_probe_credential_not_after_timestamp_seconds")}) - time()`,
        legend: "credential",
      },
    ],
  });
