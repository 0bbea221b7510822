import type { Engine } from "../create-engine.ts";
import { hasFrontLog, isPeerLogged } from "./front-end-logs.ts";
import { judgeForced, judgeRequest } from "./judge-request.ts";
import type { OpenRequest } from "./open-request.ts";
import { mayBeProxied } from "./settling.ts";
import { FORGET_AFTER_MS, JUDGE_AFTER_MS } from "./waiting-times.ts";
import type { ServerState } from "../server-state.ts";
import type { RequestRow, RowPosition } from "../../model/row.ts";
import { combineKeys } from "../../model/text-key.ts";

/** Takes a row of a request log: joins it with the rows of the same request in other logs. `arrivedAtMs`: the engine's clock, Unix ms. */
export function acceptRequest(
  engine: Engine,
  server: ServerState,
  row: RequestRow,
  position: RowPosition,
  arrivedAtMs: number,
): void {
  if (row.processId > 0 && server.workers.noteProcess(row.appPool, row.processId, row.atMs, "ews", arrivedAtMs)) {
    server.eventRows.note({ source: "ews", atMs: row.atMs, about: row.appPool }, position);
  }
  if (row.source === "iis_front" || row.source === "http_proxy")
    acceptFrontRow(engine, server, row, position, arrivedAtMs);
  else acceptBackRow(engine, server, row, position, arrivedAtMs);
}

function acceptFrontRow(
  engine: Engine,
  server: ServerState,
  row: RequestRow,
  position: RowPosition,
  arrivedAtMs: number,
): void {
  const slot = row.source === "iis_front" ? "iis" : "httpProxy";
  if (slot === "httpProxy") server.coverage.note(row.protocol, row.status, row.atMs);
  const waits = row.status === 401 || partnerIsThere(engine, server, row);
  if (row.requestKey === 0 && slot === "iis" && mayBeProxied(engine, server, row.protocol)) {
    engine.lastHeldKey -= 1;
    const held = newRequest(server, { ...row, requestKey: engine.lastHeldKey }, slot, position, arrivedAtMs);
    engine.table.add(held, (oldest) => judgeForced(engine, oldest, arrivedAtMs));
    return;
  }
  if (row.requestKey === 0 || !waits) {
    judgeRequest(engine, newRequest(server, row, slot, position, arrivedAtMs), {
      isOverdue: true,
      clockMs: arrivedAtMs,
    });
    return;
  }
  if (slot === "iis" && engine.table.hasSettled(row.requestKey, server.index)) return;
  const known = engine.table.get(row.requestKey);
  if (known === undefined) {
    if (engine.completedRequestIds.has(combineKeys(row.requestKey, server.index))) return;
    const request = newRequest(server, row, slot, position, arrivedAtMs);
    const onForced = (oldest: OpenRequest): void => {
      judgeForced(engine, oldest, arrivedAtMs);
    };
    if (engine.options.mode === "live") {
      engine.table.add(request, onForced);
      judgeRequest(engine, request, { isOverdue: false, clockMs: arrivedAtMs });
    } else {
      judgeRequest(engine, request, { isOverdue: false, clockMs: arrivedAtMs });
      engine.table.addJudged(request, onForced);
    }
    return;
  }
  const hasFront = known.iis !== null || known.httpProxy !== null;
  // The same log already has a row with this id: a copy of the row, which must not count again.
  if (known[slot] !== null && known.server === server.index) return;
  if (hasFront && known.server !== server.index) {
    // The front end of another server logged the same id: this is another request.
    judgeRequest(engine, newRequest(server, { ...row, requestKey: 0 }, slot, position, arrivedAtMs), {
      isOverdue: true,
      clockMs: arrivedAtMs,
    });
    return;
  }
  known[slot] = row;
  known.server = server.index;
  if (slot === "httpProxy" || !hasFront) known.position = position;
  judgeRequest(engine, known, { isOverdue: false, clockMs: arrivedAtMs });
}

/** Whether the server has the other front-end log, so that a second row of this request may come. Live, that log may still appear. */
function partnerIsThere(engine: Engine, server: ServerState, row: RequestRow): boolean {
  if (engine.options.mode === "live") return true;
  return row.source === "iis_front" ? server.proxies.has(row.protocol) : server.hasFront;
}

/** A back-end row completes the front end's request. It is a request by itself only where there is no front-end log. */
function acceptBackRow(
  engine: Engine,
  server: ServerState,
  row: RequestRow,
  position: RowPosition,
  arrivedAtMs: number,
): void {
  const tells = row.category !== null || row.status === 401;
  const isAlone = row.source !== "iis_back" && !hasFrontLog(server, row.protocol) && !isPeerLogged(engine, row);
  const known = row.requestKey === 0 ? undefined : engine.table.get(row.requestKey);
  if (known === undefined) {
    if (row.requestKey === 0 || !tells) {
      if (isAlone)
        judgeRequest(engine, newRequest(server, row, "backEnd", position, arrivedAtMs), {
          isOverdue: true,
          clockMs: arrivedAtMs,
        });
      return;
    }
    const request = newRequest(server, row, "backEnd", position, arrivedAtMs);
    engine.table.add(request, (oldest) => judgeForced(engine, oldest, arrivedAtMs));
    return;
  }
  if (!tells || (known.backEnd !== null && known.backEnd.category !== null)) return;
  known.backEnd = row;
  judgeRequest(engine, known, { isOverdue: false, clockMs: arrivedAtMs });
}

/** A request of which one row is known. */
export function newRequest(
  server: ServerState,
  row: RequestRow,
  slot: "iis" | "httpProxy" | "backEnd",
  position: RowPosition,
  arrivedAtMs: number,
): OpenRequest {
  return {
    key: row.requestKey,
    server: server.index,
    iis: slot === "iis" ? row : null,
    httpProxy: slot === "httpProxy" ? row : null,
    backEnd: slot === "backEnd" ? row : null,
    position,
    isJudged: false,
    isCounted: false,
    usesAlias: false,
    judgeAtMs: arrivedAtMs + JUDGE_AFTER_MS,
    forgetAtMs: arrivedAtMs + FORGET_AFTER_MS,
    clientKey: null,
    attemptPosition: null,
  };
}
