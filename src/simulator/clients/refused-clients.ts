import type { Protocol } from "../../model/label-values.ts";
import { type ClientKind, type SimulatedClient, simulatedClient } from "./client.ts";
import type { SimulatedServer } from "../farm-server.ts";
import type { Random } from "../random.ts";
import type { Outcome } from "./request.ts";
import type { Actor, World } from "../world.ts";

/** A group of clients whose Bearer tokens one server refuses for a while. Times in Unix milliseconds. */
export interface RefusedGroup {
  readonly server: SimulatedServer;
  /** Server of their mailboxes. */
  readonly target: SimulatedServer;
  readonly protocol: Protocol;
  readonly kind: ClientKind;
  /** Number of the client group. Groups share no clients. */
  readonly group: number;
  readonly count: number;
  /** Start of their normal traffic before they are refused; equal to `beginMs` for none. */
  readonly aliveFromMs: number;
  /** End of their normal traffic; the worker process that refuses them starts here. */
  readonly servedUntilMs: number;
  /** Their first refusals are between here and `spreadMs` later. */
  readonly beginMs: number;
  readonly spreadMs: number;
  /** From here on, attempts are served. */
  readonly healedMs: number;
  /** End of their normal traffic after recovery. Clients that never recover send nothing more. */
  readonly aliveUntilMs: number;
  /** Minimum and maximum pause between two attempts. */
  readonly retryMs: readonly [number, number];
  readonly refusal: Outcome;
  /** Each attempt begins with a challenge. */
  readonly isChallenged: boolean;
  /** Number of attempts after which a client gives up for good; null: it never does. */
  readonly patience: number | null;
  /** The load balancer also sends them to this server, which serves them; null for none. */
  readonly alsoServedBy: SimulatedServer | null;
}

/** The actors of a group, one for each client. */
export function refusedClients(world: World, group: RefusedGroup): readonly Actor[] {
  return Array.from({ length: group.count }, (_, index) => refusedClient(world, group, index));
}

function* refusedClient(world: World, group: RefusedGroup, index: number): Actor {
  const random = world.random(`refused ${group.group} ${index}`);
  const client = simulatedClient(group.kind, group.group, index);
  yield* normalLife({ world, group, client, random }, group.aliveFromMs, group.servedUntilMs);
  let atMs = group.beginMs + random.between(0, group.spreadMs);
  for (let attempts = 0; atMs < group.healedMs; attempts++) {
    if (attempts === group.patience) return;
    yield atMs;
    attempt({ world, group, client, random }, atMs, group.refusal);
    if (group.alsoServedBy !== null) servedElsewhere({ world, group, client }, group.alsoServedBy, atMs);
    atMs += random.between(...group.retryMs);
  }
  if (group.patience !== null) return;
  yield atMs;
  attempt({ world, group, client, random }, atMs, { kind: "success" });
  yield* normalLife({ world, group, client, random }, atMs + random.between(20_000, 90_000), group.aliveUntilMs);
}

interface Person {
  readonly world: World;
  readonly group: RefusedGroup;
  readonly client: SimulatedClient;
  readonly random: Random;
}

/** Served every minute or two. Ends early enough that its last request is complete before `untilMs`. */
function* normalLife(person: Person, fromMs: number, untilMs: number): Actor {
  for (
    let atMs = Math.max(fromMs, person.world.startMs) + person.random.between(0, 30_000);
    atMs < untilMs - 5_000;
    atMs += person.random.between(30_000, 180_000)
  ) {
    yield atMs;
    send(person, atMs, { kind: "success" });
  }
}

function attempt(person: Person, atMs: number, outcome: Outcome): void {
  if (person.group.isChallenged) send(person, atMs, { kind: "challenge" });
  send(person, atMs + (person.group.isChallenged ? person.random.between(60, 400) : 0), outcome);
}

function servedElsewhere(
  { world, group, client }: Omit<Person, "random">,
  server: SimulatedServer,
  atMs: number,
): void {
  send({ world, client, group: { ...group, server, target: server } }, atMs + 1_500, { kind: "success" });
}

function send({ world, group, client }: Omit<Person, "random">, atMs: number, outcome: Outcome): void {
  const { server, target, protocol } = group;
  world.send({ server, target, client, protocol, signIn: "bearer", outcome, atMs });
}
