import type {
  Caller,
  IisLogged,
  LoggedFarm,
  OracleProtocol,
  ProxyLogged,
  RecycleLogged,
  RequestLogged,
} from "./logged.ts";
import { POOL } from "./logged.ts";
import { MINUTE_MS } from "../../src/model/durations.ts";

/** A random farm from a seed: styles of logging, all kinds of clients, lost and truncated rows. The same seed gives the same farm. */

/** Saturday, 14 November 2026, 09:00 UTC. */
export const START_MS = Date.UTC(2026, 10, 14, 9);

export interface Dice {
  /** In the range [0, 1). */
  readonly roll: () => number;
  readonly chance: (share: number) => boolean;
  readonly between: (from: number, to: number) => number;
  readonly pick: <T>(items: readonly T[]) => T;
}

interface Style {
  readonly hasIis: boolean;
  readonly hasProxy: boolean;
  readonly proxyShowsReasons: boolean;
  readonly iisColumns: LoggedFarm["iisColumns"];
  /** A load balancer is in front of the servers, and its address is in c-ip. */
  readonly isBalanced: boolean;
  /** HttpProxy logs the load balancer's address too. */
  readonly hidesClients: boolean;
  readonly lostShare: number;
  /** Period in which HttpProxy rows are lost. */
  readonly gap: readonly [fromMs: number, toMs: number] | null;
  readonly durationMs: number;
}

/** The true properties of a request, before it is logged. */
interface Asked {
  readonly server: string;
  readonly atMs: number;
  readonly who: Person;
  readonly kind:
    | "served"
    | "served_anonymously"
    | "refused"
    | "asked"
    | "not_offered"
    | "listed"
    | "ntlm"
    | "federated"
    | "failed";
  readonly reason: string;
}

interface Person {
  readonly protocol: OracleProtocol;
  readonly caller: Caller;
  readonly addresses: readonly string[];
}

export function randomFarm(seed: number): LoggedFarm {
  const dice = diceOf(seed);
  const style = styleOf(dice);
  const servers = dice.chance(0.3) ? ["EX01", "EX02"] : ["EX01"];
  const asked = servers.flatMap((server) => requestsOn(server, dice, style)).sort((a, b) => a.atMs - b.atMs);
  return {
    seed,
    servers,
    hasIis: style.hasIis,
    hasProxy: style.hasProxy,
    iisColumns: style.iisColumns,
    requests: asked.flatMap((one) => rowsOf(one, dice, style)),
    recycles: servers.flatMap((server) => recyclesOn(server, dice, style)),
  };
}

export function diceOf(seed: number): Dice {
  let state = (seed * 2654435761 + 12345) >>> 0;
  // Mulberry32.
  const roll = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return {
    roll,
    chance: (share) => roll() < share,
    between: (from, to) => from + Math.floor(roll() * (to - from + 1)),
    pick: (items) => {
      const item = items[Math.floor(roll() * items.length)];
      if (item === undefined) throw new Error("Nothing to pick from");
      return item;
    },
  };
}

function styleOf(dice: Dice): Style {
  const logs = dice.pick(["both", "both", "both", "iis", "proxy"] as const);
  const durationMs = dice.chance(0.1) ? 330 * MINUTE_MS : dice.between(40, 90) * MINUTE_MS;
  const gapFromMs = START_MS + dice.between(0, 40) * MINUTE_MS;
  const isBalanced = dice.chance(0.3);
  return {
    hasIis: logs !== "proxy",
    hasProxy: logs !== "iis",
    proxyShowsReasons: dice.chance(0.6),
    iisColumns: {
      query: dice.chance(0.8),
      kind: dice.chance(0.85),
      reason: dice.chance(0.25),
      forwarded: isBalanced && dice.chance(0.5),
    },
    isBalanced,
    hidesClients: isBalanced && dice.chance(0.3),
    lostShare: dice.pick([0, 0, 0, 0.05, 0.4]),
    gap: dice.chance(0.4) ? [gapFromMs, gapFromMs + dice.between(1, 30) * MINUTE_MS] : null,
    durationMs,
  };
}

const AGENTS = [
  "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)",
  "MacOutlook/16.89.24091630 (Intelx64 Mac OS Version 14.6)",
  "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0",
];
const REASONS = ["invalid_signature", "invalid_signature", "token_expired", "invalid_resource", "invalid_user"];
const BALANCER = "10.0.0.250";

function requestsOn(server: string, dice: Dice, style: Style): Asked[] {
  const endMs = START_MS + style.durationMs;
  const people = Array.from({ length: dice.between(5, 9) }, (_, index) => personOf(dice, index));
  const storms = Array.from({ length: dice.between(0, 2) }, () => {
    const fromMs = START_MS + dice.between(2, Math.max(3, style.durationMs / MINUTE_MS - 10)) * MINUTE_MS;
    return {
      fromMs,
      toMs: fromMs + dice.between(1, 15) * MINUTE_MS,
      share: dice.pick([0.4, 0.8, 1]),
      reason: dice.pick(REASONS),
    };
  });
  const hits = storms.map(({ share }) => people.map(() => dice.chance(share)));
  return people.flatMap((who, index) => {
    const habit = dice.pick(["mail", "mail", "mail", "mail", "asks_only", "ntlm", "federated", "not_offered"] as const);
    const paceMs = (habit === "mail" ? dice.between(8, 70) : dice.between(15, 100)) * 1000;
    const mine: Asked[] = [];
    const isLate = dice.chance(0.2);
    let atMs = START_MS + (isLate ? dice.between(5, 20) * MINUTE_MS : 0) + dice.between(1, 60_000);
    while (atMs < endMs) {
      const storm = storms.findIndex(
        (one, which) => atMs >= one.fromMs && atMs < one.toMs && hits[which]?.[index] === true,
      );
      const refusedFor = storms[storm]?.reason ?? null;
      mine.push(...visitOf({ habit, who, server, atMs, refusedFor }, dice));
      const isSlow = refusedFor === null && style.durationMs > 100 * MINUTE_MS && habit === "mail";
      // Never at .000, because an IIS row and an HttpProxy row with equal times have no defined order.
      atMs +=
        Math.floor(
          refusedFor === null ? paceMs * (isSlow ? 4 : 0.7 + dice.roll() * 0.6) : dice.between(2_000, 40_000),
        ) + 1;
      if (dice.chance(0.02)) atMs += dice.between(1, 14) * MINUTE_MS;
    }
    return mine.filter((one) => one.atMs % 1000 !== 0);
  });
}

interface Visit {
  readonly habit: "mail" | "asks_only" | "ntlm" | "federated" | "not_offered";
  readonly who: Person;
  readonly server: string;
  readonly atMs: number;
  readonly refusedFor: string | null;
}

function visitOf({ habit, who, server, atMs, refusedFor }: Visit, dice: Dice): Asked[] {
  const one = (kind: Asked["kind"], afterMs = 0, reason = ""): Asked => ({
    server,
    who,
    kind,
    reason,
    atMs: atMs + afterMs,
  });
  if (habit === "asks_only") return dice.chance(0.01) ? [one("served")] : [one("asked")];
  if (habit === "not_offered")
    return dice.chance(0.3) ? [one("not_offered"), one("served", 120)] : [one("not_offered")];
  if (habit === "federated") return [one("federated"), one("served_anonymously", 900)];
  if (habit === "ntlm")
    return [one("listed"), one("ntlm", 55), one(dice.chance(0.95) ? "served_anonymously" : "served", 130)];
  if (refusedFor !== null) return [one("refused", 0, refusedFor), ...(dice.chance(0.1) ? [one("asked", 700)] : [])];
  if (dice.chance(0.05)) return [one("failed")];
  return dice.chance(0.2) ? [one("asked"), one("served", 340)] : [one("served")];
}

function personOf(dice: Dice, index: number): Person {
  const protocol = dice.pick(["ews", "ews", "ews", "mapi", "mapi", "eas", "autodiscover"] as const);
  const isPhone = protocol === "eas";
  const name = `${dice.between(10_000, 99_999)}${index}`;
  const address = `10.20.${dice.between(0, 9)}.${index + 10}`;
  return {
    protocol,
    caller: {
      agent: isPhone ? "Outlook-iOS-Android/1.0" : dice.pick(AGENTS),
      clientId: protocol === "mapi" && dice.chance(0.5) ? `C${name}` : "",
      deviceId: isPhone ? `D${name}` : "",
      user: isPhone ? `user${name}` : "",
    },
    addresses: isPhone && dice.chance(0.7) ? ["52.96.1.10:4431", "52.96.1.11:4432", "40.99.3.4:51000"] : [address],
  };
}

const PATHS: Readonly<Record<OracleProtocol, string>> = {
  ews: "/EWS/Exchange.asmx",
  mapi: "/mapi/emsmdb/",
  eas: "/Microsoft-Server-ActiveSync/default.eas",
  autodiscover: "/autodiscover/autodiscover.xml",
};
const STATUS = {
  served: 200,
  served_anonymously: 200,
  refused: 401,
  asked: 401,
  not_offered: 401,
  listed: 401,
  ntlm: 401,
  federated: 401,
  failed: 500,
} as const;

function rowsOf(asked: Asked, dice: Dice, style: Style): RequestLogged[] {
  const { server, atMs, who, kind } = asked;
  const id = guidOf(dice);
  const reason = kind === "not_offered" ? "oauth_not_available" : asked.reason;
  const mayFederate = kind === "federated" && (who.protocol === "ews" || who.protocol === "autodiscover");
  const path = mayFederate ? `${PATHS[who.protocol]}/WSSecurity` : PATHS[who.protocol];
  const base = { server, protocol: who.protocol, path, status: STATUS[kind], caller: who.caller };
  const address = dice.pick(who.addresses);
  const rows: RequestLogged[] = [];
  if (style.hasIis)
    rows.push({
      ...base,
      log: "iis",
      atMs: Math.floor(atMs / 1000) * 1000,
      ...iisParts({ kind, id, reason, address, style }),
    });
  if (style.hasProxy) {
    rows.push({
      ...base,
      log: "http_proxy",
      atMs,
      id,
      authentication: authenticationOf(kind, dice),
      address: style.hidesClients ? BALANCER : address,
      reason: style.proxyShowsReasons ? reason : "",
      state: stateOf({ atMs, status: STATUS[kind] }, dice, style),
    });
  }
  if (who.protocol === "mapi" && kind === "refused" && dice.chance(0.1))
    rows.push({ ...base, log: "mapi_http", atMs, id, reason });
  return rows;
}

function iisParts(parts: { kind: Asked["kind"]; id: string; reason: string; address: string; style: Style }) {
  const { kind, id, reason, address, style } = parts;
  const { query, kind: hasKind, reason: hasReason, forwarded } = style.iisColumns;
  const numbers: IisLogged["kind"] = kind === "ntlm" ? [1, 2148074254] : kind === "listed" ? [2, 5] : [0, 0];
  const plain = address.replace(/:\d+$/, "");
  return {
    id: query ? id : "",
    kind: hasKind ? numbers : null,
    reason: hasReason ? reason : "",
    address: style.isBalanced ? BALANCER : plain,
    forwarded: forwarded ? `${address},+10.9.9.9` : "",
  };
}

function authenticationOf(kind: Asked["kind"], dice: Dice): string {
  if (kind === "listed") return "";
  if (kind === "ntlm") return dice.pick(["NTLM", "Negotiate"]);
  if (kind === "served_anonymously") return dice.pick(["Anonymous", ""]);
  if (kind === "federated") return "";
  return kind === "asked" ? dice.pick(["Bearer", "", "Anonymous"]) : "Bearer";
}

function stateOf(
  { atMs, status }: { readonly atMs: number; readonly status: number },
  dice: Dice,
  style: Style,
): ProxyLogged["state"] {
  if (style.gap !== null && atMs >= style.gap[0] && atMs < style.gap[1]) return "lost";
  if (!dice.chance(style.lostShare)) return "whole";
  return status === 401 ? dice.pick(["lost", "cut", "short"] as const) : dice.pick(["lost", "cut"] as const);
}

function guidOf(dice: Dice): string {
  const hex = (digits: number): string =>
    Math.floor(dice.roll() * 16 ** digits)
      .toString(16)
      .padStart(digits, "0");
  return `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(8)}${hex(4)}`;
}

/** At most one per hour and app pool, so that two cannot be mistaken for one. */
function recyclesOn(server: string, dice: Dice, style: Style): RecycleLogged[] {
  if (!dice.chance(0.5)) return [];
  return [...new Set(Object.values(POOL))]
    .filter(() => dice.chance(0.5))
    .map((pool) => ({
      log: "event",
      server,
      pool,
      atMs: START_MS + dice.between(1, Math.floor(Math.min(style.durationMs, 60 * MINUTE_MS) / 1000)) * 1000,
      eventId: dice.pick([5011, 5074, 5079, 5080] as const),
      processId: dice.between(1000, 9999),
    }));
}
