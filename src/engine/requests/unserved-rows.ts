import { clientKeyOf, requestFacts } from "../../detectors/request-result.ts";
import { RECORD_NUMBERS } from "../../model/logs/settled-memory.ts";
import { HAS_FULL_ROW, type FullRowColumns, type ScannedRequests } from "../../model/row-scanner.ts";
import type { RequestRow, RowPosition } from "../../model/row.ts";
import { combineKeys } from "../../model/text-key.ts";
import { packFields } from "../clients/attempts.ts";
import { followClient } from "../clients/follow-clients.ts";
import { insertPacked } from "../clients/refused-client.ts";
import type { Engine } from "../create-engine.ts";
import { requestSlot, unservedKindsOf, type ServerState, type UnservedKind } from "../server-state.ts";
import { newRequest } from "../accept-row.ts";
import type { Batch } from "./kept-rows.ts";
import { entryKindOf, judgeForced, mayBeBearer, poolOfRequest } from "./judge-request.ts";
import type { OpenRequest } from "./open-request.ts";
import { codeOf, writeColumns } from "./settled-record.ts";
import { isBackEndLogged, mayBeProxied } from "./settling.ts";
import type { UnservedKinds } from "./unserved-kinds.ts";

/**
 * The rows of one batch of a front-end IIS log that were not served. Most of them wait for no other log: they are judged from the columns
 * of the batch, without an object for each row, its request and its result.
 */
export class UnservedRows {
  readonly #engine: Engine;
  readonly #server: ServerState;
  readonly #rows: ScannedRequests;
  readonly #columns: FullRowColumns;
  readonly #kinds: UnservedKinds<UnservedKind>;
  readonly #record = new Float64Array(RECORD_NUMBERS);
  #atMs = 0;
  readonly #onForced = (oldest: OpenRequest): void => {
    judgeForced(this.#engine, oldest, this.#atMs);
  };

  private constructor({ engine, server, rows }: Batch, columns: FullRowColumns) {
    this.#engine = engine;
    this.#server = server;
    this.#rows = rows;
    this.#columns = columns;
    this.#kinds = unservedKindsOf(server, columns.schema);
  }

  /** Null when all rows of the batch must go through `acceptRow()`. */
  static of(batch: Batch): UnservedRows | null {
    const { fullRows, source } = batch.rows;
    if (batch.engine.options.mode === "live" || fullRows === null || source !== "iis_front") return null;
    return new UnservedRows(batch, fullRows);
  }

  /** Takes a full row, with the same result as `acceptRow()`. False when the row must go through that: nothing has changed then. */
  take(index: number, atMs: number, position: RowPosition): boolean {
    const kind = this.#kindOf(index);
    if (kind?.isSettled !== true) return false;
    const requestKey = this.#columns.requestKeys[index] ?? 0;
    const isJoined = kind.status === 401 && requestKey !== 0;
    if (isJoined) {
      const { table, completedRequestIds } = this.#engine;
      const standing = table.standingOf(requestKey, this.#server.index);
      if (standing === "copy") return true;
      if (standing === "known" || completedRequestIds.has(combineKeys(requestKey, this.#server.index))) return false;
    }
    this.#atMs = atMs;
    this.#engine.revision += 1;
    this.#count(kind);
    const clientKey = this.#recordAttempt(kind, index, position);
    if (isJoined) this.#settle(kind, index, { position, clientKey });
    return true;
  }

  #count(kind: UnservedKind): void {
    const { requests, counters } = this.#server;
    requests[kind.slot] = (requests[kind.slot] ?? 0) + 1;
    counters.noteRequest(kind.protocol, kind.scheme, kind.result, this.#atMs);
    if (kind.notesToken) kind.pool.timeline.note(this.#atMs, false);
  }

  /** Key of the client that has the attempt; 0 when no followed client has it. */
  #recordAttempt(kind: UnservedKind, index: number, position: RowPosition): number {
    const { clients, attempts } = this.#engine;
    const { userAgentKeys, idsKeys } = this.#columns;
    const addressKey = kind.namesDevice ? 0 : (this.#rows.clients[index] ?? 0);
    const identity = clientKeyOf(addressKey, userAgentKeys[index] ?? 0, idsKeys[index] ?? 0);
    const clientKey = combineKeys(identity, kind.pool.key);
    let client = clients.get(clientKey);
    if (client === undefined) {
      if (!kind.isCounted) return 0;
      const facts = { client: identity, protocol: kind.protocol };
      client = followClient(this.#engine, kind.pool, { clientKey, facts, arrivedAtMs: this.#atMs });
    }
    const at = { atMs: this.#atMs, fileKey: position.fileKey, offset: position.offset };
    insertPacked(attempts, client, at, kind.packedFields, this.#atMs);
    return clientKey;
  }

  #settle(
    kind: UnservedKind,
    index: number,
    { position, clientKey }: { readonly position: RowPosition; readonly clientKey: number },
  ): void {
    const { table } = this.#engine;
    const ipKey = this.#rows.clients[index] ?? 0;
    const about = { server: this.#server.index, atMs: this.#atMs, ipKey, code: kind.code, clientKey, position };
    writeColumns(this.#record, { columns: this.#columns, index }, about);
    if (table.addSettled(this.#record, this.#onForced)) return;
    const row = this.#rows.fullRow(index);
    const request = newRequest({ server: this.#server, row, position, arrivedAtMs: this.#atMs }, "iis");
    const attempt = clientKey === 0 ? {} : { clientKey, attemptPosition: position };
    table.add({ ...request, isJudged: true, isCounted: true, ...attempt }, this.#onForced);
  }

  #kindOf(index: number): UnservedKind | undefined {
    const { statuses, subStatuses, win32Statuses, devices } = this.#columns;
    const name = (statuses[index] ?? 0) * 256 + ((this.#rows.urlCodes[index] ?? 0) & ~HAS_FULL_ROW);
    const row = {
      subStatus: subStatuses[index] ?? -1,
      win32Status: win32Statuses[index] ?? -1,
      namesDevice: devices[index] === 1,
    };
    return this.#kinds.of(name, row, () => this.#createKind(name, index));
  }

  #createKind(name: number, index: number): UnservedKind {
    const kind = createUnservedKind(this.#engine, this.#server, this.#rows.fullRow(index));
    if (kind.isSettled && this.#engine.clients.isWatching) this.#kinds.learn(kind, columnsOf(kind, name));
    return kind;
  }
}

/** What a scanner must know of a kind, as KIND_COLUMNS says. `name`: the number of its status and URL. */
function columnsOf(kind: UnservedKind, name: number): number[] {
  const { subStatus, win32Status, namesDevice, pool, packedFields, isCounted, status, code, protocol } = kind;
  const successFields = packFields({ kind: "success", category: null, isBackEnd: false, protocol });
  return [
    name,
    subStatus,
    win32Status,
    namesDevice ? 1 : 0,
    pool.key,
    packedFields,
    successFields,
    isCounted ? 1 : 0,
    status === 401 ? 1 : 0,
    code,
  ];
}

/** The kind of a row, which has no reason. */
function createUnservedKind(engine: Engine, server: ServerState, iis: RequestRow): UnservedKind {
  const facts = requestFacts({ iis, httpProxy: null, backEnd: null });
  const entry = entryKindOf(facts);
  const { category, isBackEnd, protocol, scheme, result } = facts;
  return {
    status: iis.status,
    subStatus: iis.subStatus ?? -1,
    win32Status: iis.win32Status ?? -1,
    namesDevice: iis.namesDevice,
    isSettled:
      result !== "success" &&
      category === null &&
      !mayBeProxied(engine, server, iis.protocol) &&
      !isBackEndLogged(engine, facts),
    protocol,
    scheme,
    result,
    pool: poolOfRequest(engine, server, facts),
    slot: requestSlot(protocol, scheme, result),
    notesToken: entry === "refused" && mayBeBearer(facts, { iis, httpProxy: null }),
    isCounted: entry === "refused" || entry === "asked",
    packedFields: packFields({ kind: entry, category, isBackEnd, protocol }),
    code: codeOf(iis),
  };
}
