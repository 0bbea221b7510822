import { FRONT_END_POOL } from "../../model/app-pool.ts";
import type { Protocol } from "../../model/label-values.ts";
import { CLIENT_KINDS, type ClientKind, type SimulatedClient, simulatedClient } from "./client.ts";
import type { SimulatedServer } from "../farm-server.ts";
import type { Random } from "../random.ts";
import type { Outcome, SignIn } from "./request.ts";
import type { Actor, World } from "../world.ts";
import { HOUR_MS } from "../../model/durations.ts";

/** Activity of users over the day: constant, or office hours (UTC, little at night and on weekends). */
export type Rhythm = "flat" | "office";

export interface PeopleSettings {
  /** Number of clients of the server. */
  readonly clients: number;
  /** Actions per second at the busiest hour; most actions are a single request. */
  readonly actionsPerSecond: number;
  readonly rhythm: Rhythm;
}

/** Share of each kind of client in percent, in the order of `CLIENT_KINDS`. Scripts appear only in scenarios. */
const KIND_SHARES: Readonly<Record<ClientKind, number>> = {
  outlook: 45,
  outlook_ntlm: 8,
  mac_outlook: 10,
  teams: 6,
  ios: 10,
  outlook_mobile: 5,
  basic_phone: 5,
  browser: 8,
  cloud: 3,
  mobile_cloud: 0,
  hidden: 0,
  federation: 0,
  script: 0,
};

/** Regular traffic of one server: every client signs in once each session, in the way of its kind. */
export function* people(world: World, server: SimulatedServer, settings: PeopleSettings): Actor {
  const random = world.random(`people of ${server.name}`);
  // Most sessions have already begun when the farm starts.
  const sessionEndsMs = new Float64Array(settings.clients).map(() => world.startMs + random.between(-2, 7) * HOUR_MS);
  let atMs = world.startMs;
  for (;;) {
    const perMs = (settings.actionsPerSecond * activityAt(atMs, settings.rhythm)) / 1000;
    atMs += random.gap(1 / perMs);
    yield atMs;
    const index = random.below(settings.clients);
    const client = simulatedClient(kindOf(index), server.index % 32, index);
    const isNewSession = (sessionEndsMs[index] ?? 0) < atMs;
    if (isNewSession) sessionEndsMs[index] = atMs + random.between(1, 9) * HOUR_MS;
    act({ world, server, random, client, atMs, target: mailboxServer(world, server, index) }, isNewSession);
  }
}

interface Moment {
  readonly world: World;
  readonly server: SimulatedServer;
  readonly target: SimulatedServer;
  readonly client: SimulatedClient;
  readonly random: Random;
  readonly atMs: number;
}

export function activityAt(atMs: number, rhythm: Rhythm): number {
  if (rhythm === "flat") return 1;
  const day = new Date(atMs).getUTCDay();
  const hour = (atMs % (24 * HOUR_MS)) / HOUR_MS;
  if (day === 0 || day === 6) return 0.1;
  return 0.08 + 0.92 * Math.max(0, Math.min(1, (hour - 5) / 3, (19 - hour) / 3));
}

function kindOf(index: number): ClientKind {
  let rest = (index * 37) % 100;
  for (const kind of CLIENT_KINDS) {
    rest -= KIND_SHARES[kind];
    if (rest < 0) return kind;
  }
  return "outlook";
}

/** A quarter of the mailboxes are on another server than the one that the client connects to. */
function mailboxServer(world: World, server: SimulatedServer, index: number): SimulatedServer {
  if (index % 4 !== 0 || server.logs !== "all") return server;
  const other = world.servers[(server.index + 1) % world.servers.length] ?? server;
  return other.logs === "all" ? other : server;
}

function act(moment: Moment, isNewSession: boolean): void {
  switch (moment.client.kind) {
    case "outlook":
      return isNewSession ? startOutlook(moment) : bearer(moment, outlookProtocol(moment.random), 0);
    case "mac_outlook":
    case "teams":
      return isNewSession
        ? challengedThenServed(moment, "ews", 2)
        : bearer(moment, moment.random.chance(0.95) ? "ews" : "autodiscover", 0);
    case "ios":
    case "outlook_mobile":
      return isNewSession ? challengedThenServed(moment, "eas", 1) : bearer(moment, "eas", 0);
    case "cloud":
      return isNewSession && moment.random.chance(0.3)
        ? challengedThenServed(moment, "ews", 1)
        : bearer(moment, "ews", 0);
    case "outlook_ntlm":
      return ntlm(moment, isNewSession || moment.random.chance(0.2));
    case "basic_phone":
      return basicPhone(moment, isNewSession);
    case "browser":
      return browser(moment, isNewSession);
    case "mobile_cloud":
    case "hidden":
    case "federation":
    case "script":
      return undefined;
  }
}

function outlookProtocol(random: Random): Protocol {
  const share = random.next();
  if (share < 0.8) return "mapi";
  if (share < 0.92) return "ews";
  return share < 0.98 ? "autodiscover" : "oab";
}

/** Start of Outlook: Autodiscover, then eight MAPI connections at once, each challenged for a token. */
function startOutlook(moment: Moment): void {
  challengedThenServed(moment, "autodiscover", 1);
  challengedThenServed({ ...moment, atMs: moment.atMs + 900 }, "mapi", 8);
  if (moment.random.chance(0.5)) challengedThenServed({ ...moment, atMs: moment.atMs + 2_500 }, "ews", 1);
}

/** Normal start of a session: each connection is challenged once, then served. */
function challengedThenServed(moment: Moment, protocol: Protocol, connections: number): void {
  const { world, server, random, atMs } = moment;
  if (world.isClosed(server, FRONT_END_POOL[protocol], atMs)) return;
  for (let connection = 0; connection < connections; connection++)
    send(moment, { protocol, signIn: "bearer", outcome: { kind: "challenge" }, afterMs: random.between(0, 250) });
  for (let connection = 0; connection < connections; connection++) bearer(moment, protocol, random.between(500, 1_200));
}

function bearer(moment: Moment, protocol: Protocol, afterMs: number): void {
  if (moment.world.isClosed(moment.server, FRONT_END_POOL[protocol], moment.atMs)) return;
  send(moment, {
    protocol,
    signIn: "bearer",
    outcome: moment.random.chance(0.006) ? failure(moment.random) : { kind: "success" },
    afterMs,
  });
}

/** A new connection takes the three steps of NTLM; an existing one takes none. */
function ntlm(moment: Moment, isNewConnection: boolean): void {
  const signIn = "ntlm";
  if (isNewConnection) {
    send(moment, { protocol: "mapi", signIn, outcome: { kind: "anonymous" }, afterMs: 0 });
    send(moment, { protocol: "mapi", signIn, outcome: { kind: "handshake" }, afterMs: 30 });
  }
  send(moment, { protocol: "mapi", signIn, outcome: { kind: "success" }, afterMs: 80 });
}

function basicPhone(moment: Moment, isNewSession: boolean): void {
  const signIn = "basic";
  if (isNewSession) send(moment, { protocol: "eas", signIn, outcome: { kind: "anonymous" }, afterMs: 0 });
  const outcome: Outcome = moment.random.chance(0.04) ? { kind: "logon_failed", win32: 1326 } : { kind: "success" };
  send(moment, { protocol: "eas", signIn, outcome, afterMs: 120 });
}

function browser(moment: Moment, isNewSession: boolean): void {
  const outcome: Outcome = isNewSession ? { kind: "error", status: 440, by: "back_end" } : { kind: "success" };
  send(moment, { protocol: moment.random.chance(0.95) ? "owa" : "ecp", signIn: "forms", outcome, afterMs: 0 });
}

function failure(random: Random): Outcome {
  return { kind: "error", status: random.pick([500, 503, 404, 456]), by: "back_end" };
}

function send(
  moment: Moment,
  request: {
    readonly protocol: Protocol;
    readonly signIn: SignIn;
    readonly outcome: Outcome;
    readonly afterMs: number;
  },
): void {
  const { world, server, target, client, atMs } = moment;
  world.send({
    server,
    target,
    client,
    protocol: request.protocol,
    signIn: request.signIn,
    outcome: request.outcome,
    atMs: atMs + request.afterMs,
  });
}
