import {
  HAS_USER,
  KEPT_COLUMNS,
  type KeptRows,
  type ScannedRequests,
  type ScannedUrl,
} from "../../model/row-scanner.ts";
import { FIRST_KIND_CODE } from "../../model/logs/watched-clients.ts";
import { packFields } from "../clients/attempts.ts";
import { insertPacked } from "../clients/refused-client.ts";
import type { Engine } from "../create-engine.ts";
import { poolOfRequest } from "./judge-request.ts";
import { requestSlot, unservedKindsOf, type ServedUrl, type ServerState } from "../server-state.ts";

/** A batch of rows of a server. */
export interface Batch {
  readonly engine: Engine;
  readonly server: ServerState;
  readonly rows: ScannedRequests;
}

/** Counts the kept rows of a batch and notes them in the timelines of their pools. */
export function countKept(batch: Batch, kept: KeptRows): void {
  const { server, rows: batchRows } = batch;
  const { requests, counters } = server;
  const kinds = batchRows.fullRows === null ? null : unservedKindsOf(server, batchRows.fullRows.schema);
  for (let run = 0; run < kept.count; run++) {
    const at = run * KEPT_COLUMNS;
    const code = kept.runs[at] ?? 0;
    const [rows, firstMs, lastMs] = [kept.runs[at + 1] ?? 0, kept.runs[at + 2] ?? 0, kept.runs[at + 3] ?? 0];
    const kind = code < FIRST_KIND_CODE ? undefined : kinds?.known(code - FIRST_KIND_CODE);
    if (kind !== undefined) {
      requests[kind.slot] = (requests[kind.slot] ?? 0) + rows;
      counters.noteRequest(kind.protocol, kind.scheme, kind.result, firstMs, rows);
      if (kind.notesToken) kind.pool.timeline.note(firstMs, false);
      continue;
    }
    const { protocol, pool, slot } = servedUrl(batch, code & ~HAS_USER);
    requests[slot] = (requests[slot] ?? 0) + rows;
    counters.noteRequest(protocol, "unknown", "success", firstMs, rows);
    // A row with a user name is not a Bearer request.
    if ((code & HAS_USER) !== 0) continue;
    pool.timeline.note(firstMs, true);
    if (lastMs > firstMs) pool.timeline.note(lastMs, true);
  }
}

/** Adds a kept row to the attempts of its client, if that is followed. */
export function takeKept(
  batch: Batch,
  index: number,
  { fileKey, offset }: { readonly fileKey: number; readonly offset: number },
): void {
  const { engine } = batch;
  const { urlCodes, clients, atMs } = batch.rows;
  const key = clients[index] ?? 0;
  const client = engine.clients.get(key);
  // `followClient()` has found all successes of the batch.
  if (client === undefined || engine.clients.wasAddedInBatch(key)) return;
  const at = atMs[index] ?? 0;
  const { packedFields } = servedUrl(batch, (urlCodes[index] ?? 0) & ~HAS_USER);
  insertPacked(engine.attempts, client, { atMs: at, fileKey, offset }, packedFields, at);
}

function servedUrl({ engine, server, rows: { urls } }: Batch, code: number): ServedUrl {
  let known = server.servedUrls.get(urls);
  if (known === undefined) server.servedUrls.set(urls, (known = []));
  return (known[code] ??= createServedUrl(engine, server, urls[code]));
}

function createServedUrl(engine: Engine, server: ServerState, url: ScannedUrl | undefined): ServedUrl {
  const { protocol, appPool } = url ?? { protocol: "other", appPool: "other" };
  return {
    protocol,
    pool: poolOfRequest(engine, server, { appPool, protocol }),
    slot: requestSlot(protocol, "unknown", "success"),
    packedFields: packFields({ kind: "success", category: null, isBackEnd: false, protocol }),
  };
}
