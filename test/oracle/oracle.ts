import { POOL, type IisLogged, type LoggedFarm, type ProxyLogged, type RequestLogged } from "./logged.ts";
import { MINUTE_MS } from "../../src/model/durations.ts";

/**
 * A second, simple implementation of the contract (requests, results, runs, loops, incidents), written only from its text. It shares
 * nothing with the engine: it has all rows at once, sorts them, and reads them as often as needed.
 */

export const RULES = {
  threshold: 5,
  minSpanMs: 15_000,
  gapMs: 2 * MINUTE_MS,
  idleMs: 10 * MINUTE_MS,
  unanswered: 10,
  unansweredSpanMs: 5 * MINUTE_MS,
  minClients: 3,
  quietMs: 5 * MINUTE_MS,
  chronicMs: 240 * MINUTE_MS,
};
/**
 * An HttpProxy row covers an IIS row without an id if both have the same protocol and kind of answer, and are in the same or adjacent ten
 * seconds.
 */
const COVER_MS = 10_000;

export interface OracleRequest {
  readonly server: string;
  readonly pool: string;
  readonly protocol: string;
  readonly client: string;
  readonly atMs: number;
  readonly scheme: string;
  readonly result: "success" | "challenge" | "rejected" | "suspected" | "handshake" | "error";
  /** Category of a refusal, or `oauth_not_available` of a challenge; "" if there is none. */
  readonly category: string;
  /** HttpProxy logs it as anonymous. */
  readonly isAnonymous: boolean;
  /** A challenge that only a path for Bearer tokens sends. */
  readonly asksForToken: boolean;
}

export interface OracleLoop {
  readonly server: string;
  readonly pool: string;
  readonly client: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly outcome: "recovered" | "unresolved";
  readonly rejections: number;
  readonly isProven: boolean;
  readonly category: string;
  /** Times of the counted requests in order. */
  readonly timesMs: readonly number[];
  /** Time of the first proven one; infinite if there is none. */
  readonly provenMs: number;
  /** The client was served on this app pool before the start. */
  readonly wasServed: boolean;
}

export interface OracleIncident {
  readonly server: string;
  readonly pool: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly clients: number;
  readonly rejections: number;
  readonly isProven: boolean;
}

export interface OracleFindings {
  readonly requests: readonly OracleRequest[];
  readonly loops: readonly OracleLoop[];
  readonly incidents: readonly OracleIncident[];
}

export function judgeFarm(farm: LoggedFarm): OracleFindings {
  const requests = requestsOf(farm);
  const loops = [...groupBy(requests, (one) => `${one.server} ${one.pool} ${one.client}`).values()].flatMap((mine) =>
    loopsOf(mine, requests),
  );
  const incidents = [...groupBy(loops, (one) => `${one.server} ${one.pool}`).values()].flatMap(incidentsOf);
  return { requests, loops, incidents };
}

// --- requests -------------------------------------------------------------------------------------------------------------------

function requestsOf(farm: LoggedFarm): OracleRequest[] {
  const readable = farm.requests.filter(
    (row) => row.log !== "http_proxy" || (row.state !== "lost" && row.state !== "cut"),
  );
  const showsReasons = farm.iisColumns.reason;
  const proxied = readable.filter((row) => row.log === "http_proxy");
  const joined = new Map<string, RequestLogged[]>();
  const found: OracleRequest[] = [];
  for (const row of readable) {
    if (row.id !== "") joined.set(`${row.server} ${row.id}`, [...(joined.get(`${row.server} ${row.id}`) ?? []), row]);
    else if (row.log === "iis" && !proxied.some((other) => covers(other, row)))
      found.push(requestOf([row], showsReasons));
  }
  for (const rows of joined.values())
    if (rows.some(({ log }) => log !== "mapi_http")) found.push(requestOf(rows, showsReasons));
  // Sorting is stable: rows of one file with equal times keep their order.
  return found.sort((a, b) => a.atMs - b.atMs);
}

function covers(other: ProxyLogged, row: IisLogged): boolean {
  return (
    other.server === row.server &&
    other.protocol === row.protocol &&
    answerOf(other.status) === answerOf(row.status) &&
    Math.abs(Math.floor(other.atMs / COVER_MS) - Math.floor(row.atMs / COVER_MS)) <= 1
  );
}

/** A short row ends before the reason. */
function reasonIn(row: RequestLogged): string {
  return row.log === "http_proxy" && row.state === "short" ? "" : row.reason;
}

function answerOf(status: number): string {
  return status === 401 ? "401" : status >= 200 && status < 400 ? "served" : "other";
}

/** `showsReasons`: the IIS log has a field for x-ms-diagnostics. */
function requestOf(rows: readonly RequestLogged[], showsReasons: boolean): OracleRequest {
  const iis = rows.find((row) => row.log === "iis") ?? null;
  const proxy = rows.find((row) => row.log === "http_proxy") ?? null;
  const front = proxy ?? iis;
  if (front === null) throw new Error("A request without a row of the front end");
  const category = rows.map(reasonIn).find((reason) => reason !== "") ?? "";
  const result = resultOf({ iis, proxy, category, front, showsReasons });
  return {
    server: front.server,
    pool: POOL[front.protocol],
    protocol: front.protocol,
    client: clientOf(iis, proxy),
    atMs: front.atMs,
    scheme: schemeOf({ iis, proxy, category }),
    result,
    category: result === "rejected" || result === "challenge" ? category : "",
    isAnonymous: proxy !== null && isAnonymousType(proxy.authentication),
    asksForToken: result === "challenge" && asksForToken({ iis, proxy, category, front, showsReasons }),
  };
}

interface Seen {
  readonly iis: IisLogged | null;
  readonly proxy: ProxyLogged | null;
  readonly category: string;
  readonly front: IisLogged | ProxyLogged;
  readonly showsReasons: boolean;
}

function resultOf({ iis, proxy, category, front, showsReasons }: Seen): OracleRequest["result"] {
  if (front.status >= 200 && front.status < 400) return "success";
  if (front.status !== 401) return "error";
  if (category === "oauth_not_available") return "challenge";
  if (category !== "") return "rejected";
  const [sub, win32] = iis?.kind ?? [0, 0];
  if (sub === 1) return win32 === 2148074254 ? "handshake" : "error";
  if (sub === 2) return "challenge";
  // A short row proves nothing, because it is unknown whether it had a reason.
  const isProxied = proxy !== null && (proxy.state === "whole" || iis === null);
  if (isProxied && /^(ntlm|negotiate|kerberos)$/i.test(proxy.authentication)) return "handshake";
  if (isProxied || front.path.includes("/WSSecurity")) return "challenge";
  return iis === null || iis.kind === null || showsReasons ? "challenge" : "suspected";
}

function asksForToken({ iis, proxy, category, front, showsReasons }: Seen): boolean {
  if (category === "oauth_not_available") return true;
  if (iis?.kind?.[0] === 2 || front.path.includes("/WSSecurity")) return false;
  if (proxy === null) return iis?.kind?.[0] === 0 && showsReasons;
  return isAnonymousType(proxy.authentication) || /^(bearer|oauth)/i.test(proxy.authentication);
}

function isAnonymousType(authentication: string): boolean {
  return authentication === "" || authentication.toLowerCase() === "anonymous";
}

function schemeOf(seen: { iis: IisLogged | null; proxy: ProxyLogged | null; category: string }): string {
  const { iis, proxy, category } = seen;
  if (category !== "") return "bearer";
  if (proxy !== null) {
    if (/^(bearer|oauth)/i.test(proxy.authentication)) return "bearer";
    if (isAnonymousType(proxy.authentication)) return "anonymous";
    return proxy.authentication.toLowerCase() === "ntlm" ? "ntlm" : "negotiate";
  }
  if (iis?.status === 401 && iis.kind?.[0] === 1 && iis.kind[1] === 2148074254) return "negotiate";
  if (iis?.status === 401 && iis.kind?.[0] === 2) return "anonymous";
  return "unknown";
}

function clientOf(iis: IisLogged | null, proxy: ProxyLogged | null): string {
  const { agent, clientId, deviceId, user } = (proxy ?? iis)!.caller;
  const shown = proxy !== null ? proxy.address : iis!.forwarded !== "" ? iis!.forwarded : iis!.address;
  const hasIds = proxy !== null || iis!.id !== "";
  const ids = hasIds ? [clientId, deviceId, user] : ["", "", ""];
  return [ids[1] === "" ? firstAddress(shown) : "", agent, ...ids].join("|");
}

/** Samples: `10.0.0.1,10.0.0.2`, `10.0.0.1:4321,+10.0.0.2:80`, `\10.0.0.1` */
function firstAddress(text: string): string {
  return (text.replace(/^\\/, "").split(/[,+ ]/)[0] ?? "").replace(/:\d+$/, "");
}

// --- loops ----------------------------------------------------------------------------------------------------------------------

/** Loops of one client on one app pool of one server; `mine` are its requests in order. */
function loopsOf(mine: readonly OracleRequest[], all: readonly OracleRequest[]): OracleLoop[] {
  const loops: OracleLoop[] = [];
  for (const run of runsOf(mine)) {
    for (const [index, episode] of splitAtPauses(run.requests, RULES.idleMs).entries()) {
      const isLast = index === splitAtPauses(run.requests, RULES.idleMs).length - 1;
      const lastMs = episode.at(-1)?.atMs ?? 0;
      const recoveredMs =
        isLast && run.successMs !== null && run.successMs - lastMs < RULES.idleMs ? run.successMs : null;
      const loop = loopOf(episode, recoveredMs);
      if (loop === null) continue;
      const wasServed = all.some(
        ({ server, pool, client, result, isAnonymous, atMs }) =>
          server === loop.server &&
          pool === loop.pool &&
          client === loop.client &&
          result === "success" &&
          !isAnonymous &&
          atMs < loop.startMs,
      );
      loops.push({ ...loop, wasServed });
    }
  }
  return loops;
}

/** Splits a client's requests at its successes. */
function runsOf(mine: readonly OracleRequest[]): { requests: OracleRequest[]; successMs: number | null }[] {
  const runs: { requests: OracleRequest[]; successMs: number | null }[] = [{ requests: [], successMs: null }];
  for (const request of mine) {
    const run = runs.at(-1)!;
    if (request.result !== "success" || request.isAnonymous) run.requests.push(request);
    else {
      run.successMs = request.atMs;
      runs.push({ requests: [], successMs: null });
    }
  }
  return runs;
}

/** Splits at pauses of at least this length. */
function splitAtPauses(requests: readonly OracleRequest[], pauseMs: number): OracleRequest[][] {
  const parts: OracleRequest[][] = [];
  for (const request of requests) {
    const previous = parts.at(-1)?.at(-1);
    if (previous === undefined || request.atMs - previous.atMs >= pauseMs) parts.push([request]);
    else parts.at(-1)!.push(request);
  }
  return parts;
}

function loopOf(episode: readonly OracleRequest[], recoveredMs: number | null): Omit<OracleLoop, "wasServed"> | null {
  const refusals = episode.filter(isRefusal);
  const asking = episode.filter((request) => isRefusal(request) || request.asksForToken);
  const counted =
    fromFirstStretch(refusals, RULES.threshold, RULES.minSpanMs) ??
    fromFirstStretch(asking, RULES.unanswered, RULES.unansweredSpanMs);
  if (counted === null) return null;
  const first = counted[0]!;
  return {
    server: first.server,
    pool: first.pool,
    client: first.client,
    startMs: first.atMs,
    endMs: recoveredMs ?? counted.at(-1)!.atMs,
    outcome: recoveredMs === null ? "unresolved" : "recovered",
    rejections: counted.length,
    isProven: counted.some(isProof),
    category: mostFrequent(counted.map(({ category }) => category).filter((category) => category !== "")),
    timesMs: counted.map(({ atMs }) => atMs),
    provenMs: counted.find(isProof)?.atMs ?? Infinity,
  };
}

function isProof({ result, category }: OracleRequest): boolean {
  return result === "rejected" || category === "oauth_not_available";
}

function isRefusal({ result, category }: OracleRequest): boolean {
  return (
    result === "rejected" || result === "suspected" || (result === "challenge" && category === "oauth_not_available")
  );
}

/** Requests from the start of the first period that has `count` requests over `spanMs`, none further from the previous one than the gap. */
function fromFirstStretch(requests: readonly OracleRequest[], count: number, spanMs: number): OracleRequest[] | null {
  let start = 0;
  for (const [index, request] of requests.entries()) {
    if (index > 0 && request.atMs - requests[index - 1]!.atMs > RULES.gapMs) start = index;
    if (index - start + 1 >= count && request.atMs - requests[start]!.atMs >= spanMs) return requests.slice(start);
  }
  return null;
}

function mostFrequent(values: readonly string[]): string {
  const counts = [...groupBy(values, (value) => value)].map(([value, same]) => [value, same.length] as const);
  return counts.sort((a, b) => b[1] - a[1])[0]?.[0] ?? "unknown";
}

// --- incidents ------------------------------------------------------------------------------------------------------------------

interface OpenLoop {
  readonly loop: OracleLoop;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The incidents of one app pool of one server. */
function incidentsOf(loops: readonly OracleLoop[]): OracleIncident[] {
  const open = loops.map(openOf).sort((a, b) => a.fromMs - b.fromMs);
  const incidents: OpenLoop[][] = [];
  for (const one of open) {
    const current = incidents.at(-1);
    if (current !== undefined && one.fromMs - Math.max(...current.map(({ toMs }) => toMs)) < RULES.quietMs) {
      current.push(one);
      continue;
    }
    const atOnce = open.filter((other) => other.fromMs <= one.fromMs && isOpenAt(other, one.fromMs));
    if (new Set(atOnce.map(({ loop }) => loop.client)).size >= RULES.minClients) incidents.push(atOnce);
  }
  return incidents.map(incidentOf);
}

/** A loop is over at the time of its success, but still open at its last refusal. */
function isOpenAt({ loop, toMs }: OpenLoop, atMs: number): boolean {
  return loop.outcome === "recovered" && toMs === loop.endMs ? toMs > atMs : toMs >= atMs;
}

/** Time for which a loop counts: a client that was never served only counts for its first hours while no refusal is proven. */
function openOf(loop: OracleLoop): OpenLoop {
  const isChronic = loop.provenMs > loop.startMs + RULES.chronicMs && !loop.wasServed;
  const toMs = isChronic ? Math.min(loop.endMs, loop.startMs + RULES.chronicMs) : loop.endMs;
  return { loop, fromMs: loop.startMs, toMs };
}

function incidentOf(open: readonly OpenLoop[]): OracleIncident {
  const times = open.flatMap(({ loop, toMs }) => loop.timesMs.filter((atMs) => atMs <= toMs));
  const { server, pool } = open[0]!.loop;
  return {
    server,
    pool,
    startMs: Math.min(...open.map(({ fromMs }) => fromMs)),
    endMs: Math.max(...times),
    clients: new Set(open.map(({ loop }) => loop.client)).size,
    rejections: times.length,
    isProven: open.some(({ loop, toMs }) => loop.provenMs <= toMs),
  };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
