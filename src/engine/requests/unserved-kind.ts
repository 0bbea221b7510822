import { requestFacts } from "../../detectors/request-result.ts";
import type { Protocol, Result, Scheme } from "../../model/label-values.ts";
import type { RequestRow } from "../../model/row.ts";
import { packFields } from "../clients/attempts.ts";
import type { Engine } from "../create-engine.ts";
import { requestSlot, type PoolState, type ServerState } from "../server-state.ts";
import { mayBeBearer } from "./judge-request.ts";
import { entryKindOf, poolOfRequest } from "./record-attempt.ts";
import { codeOf } from "./settled-record.ts";
import { isBackEndLogged, mayBeProxied } from "./settling.ts";

/** What rows of a front-end IIS log with the same URL, user, status, sub-status, Win32 status and kind of client have in common. */
export interface UnservedKind {
  readonly status: number;
  /** -1: none. */
  readonly subStatus: number;
  readonly win32Status: number;
  readonly namesDevice: boolean;
  /** Such a request is not served, and no other log has a row of it. */
  readonly isSettled: boolean;
  readonly protocol: Protocol;
  readonly scheme: Scheme;
  readonly result: Result;
  readonly pool: PoolState;
  /** Index into `ServerState.requests`. */
  readonly slot: number;
  /** The pool's timeline notes a token. */
  readonly notesToken: boolean;
  /** A loop counts the attempt: its client is followed from then on. */
  readonly isCounted: boolean;
  /** `packFields()` of the attempts. */
  readonly packedFields: number;
  /** `codeOf()` of the rows. */
  readonly code: number;
}

/** The kind of a row, which has no reason. */
export function createUnservedKind(engine: Engine, server: ServerState, iis: RequestRow): UnservedKind {
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
