import { METADATA_DOCUMENTS, type MetadataDocument } from "../catalogue/exporter-metrics.ts";
import type { Config } from "../config/config-schema.ts";
import type { OrganisationUpdate } from "../engine/organisation-state.ts";
import { keyEndpoints, openKeySource, type DocumentFetch, type KeyEndpoint } from "../exchange/keys/key-source.ts";
import type { Logger } from "../logging/open-logger.ts";
import { signsForUsers } from "../model/snapshot/signing-keys.ts";
import type { MetricValue } from "../model/metric-value.ts";
import type { Snapshot } from "../model/snapshot/snapshot.ts";
import { rulesFor, type Collector } from "./collector.ts";
import { reasonOf } from "../model/reason-of.ts";

export interface KeyCollectorOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly apply: (update: OrganisationUpdate) => void;
  /** The newest snapshot, which has the URLs of the published keys. */
  readonly snapshot: () => Snapshot | null;
  readonly now: () => number;
}

export interface KeyCollector extends Collector {
  readonly metrics: () => MetricValue[];
  readonly close: () => Promise<void>;
}

interface DocumentState {
  isSuccess: boolean;
  durationMs: number;
  lastSuccessAtMs: number | null;
}

/** HTTP dates are truncated to whole seconds, so they are half a second late on average. */
const HALF_A_SECOND_MS = 500;

/**
 * Fetches the published keys of every AuthServer, and measures the clock offset by the dates of Entra ID's answers. Closed by `close()`.
 */
export function openKeyCollector({ config, logger, apply, snapshot, now }: KeyCollectorOptions): KeyCollector {
  const documents = new Map<MetadataDocument, DocumentState>();
  let offsetMs: number | null = null;
  let run: DocumentFetch[] = [];
  const source = openKeySource({
    proxyUrl: config.keys.proxy,
    timeoutMs: config.keys.timeoutMs,
    onDocument: (fetch) => {
      if (!signsForUsers(fetch.issuer)) return;
      run.push(fetch);
      for (const { dateMs, ageMs } of fetch.dates)
        offsetMs = closer(offsetMs, now() - ageMs - dateMs - HALF_A_SECOND_MS);
    },
  });

  /** The endpoints of published keys in the newest snapshot. None without a snapshot, for example if only logs are available. */
  function endpoints(): readonly KeyEndpoint[] {
    const known = snapshot();
    return known === null ? [] : keyEndpoints(known);
  }

  async function collect(signal: AbortSignal): Promise<void> {
    run = [];
    offsetMs = null;
    let failed: unknown = null;
    for (const endpoint of endpoints()) {
      try {
        const { published, failures } = await source.fetch(endpoint, now(), signal);
        apply({ kind: "published", keys: published });
        for (const failure of failures) logger.debug("Published keys fetched in part", { error: failure.message });
      } catch (error) {
        signal.throwIfAborted();
        if (signsForUsers(endpoint.issuer)) failed ??= error;
        else
          logger.debug("Published keys of another issuer not fetched", {
            error: reasonOf(error),
          });
      }
    }
    for (const document of METADATA_DOCUMENTS) noteDocument(document);
    if (failed !== null) throw failed;
  }

  function noteDocument(document: MetadataDocument): void {
    const fetches = run.filter((fetch) => fetch.document === document);
    if (fetches.length === 0) return;
    const isSuccess = fetches.every((fetch) => fetch.isSuccess);
    const durationMs = fetches.reduce((sum, fetch) => sum + fetch.durationMs, 0);
    documents.set(document, {
      isSuccess,
      durationMs,
      lastSuccessAtMs: isSuccess ? now() : (documents.get(document)?.lastSuccessAtMs ?? null),
    });
  }

  return {
    name: "keys",
    rules: rulesFor(config.keys.everyMs),
    hasWork: () => endpoints().length > 0,
    collect,
    metrics: () => [
      ...[...documents].flatMap(([document, state]) => documentMetrics(document, state)),
      ...(offsetMs === null ? [] : [gauge("hma_clock_offset_seconds", {}, Math.round(offsetMs) / 1_000)]),
    ],
    close: source.close,
  };
}

/** Returns the smallest deviation, because a slow answer makes an offset look larger, never smaller. */
function closer(known: number | null, seen: number): number {
  return known === null || Math.abs(seen) < Math.abs(known) ? seen : known;
}

function documentMetrics(
  document: MetadataDocument,
  { isSuccess, durationMs, lastSuccessAtMs }: DocumentState,
): MetricValue[] {
  return [
    gauge("hma_metadata_fetch_success", { document }, isSuccess ? 1 : 0),
    gauge("hma_metadata_fetch_duration_seconds", { document }, durationMs / 1_000),
    ...(lastSuccessAtMs === null
      ? []
      : [gauge("hma_metadata_fetch_last_success_timestamp_seconds", { document }, lastSuccessAtMs / 1_000)]),
  ];
}

function gauge(metric: string, labels: Readonly<Record<string, string>>, value: number): MetricValue {
  return { kind: "value", metric, labels, value };
}
