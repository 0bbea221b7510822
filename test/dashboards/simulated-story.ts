import type { Category, Cause, KeyChangeKind, LoopOutcome, RecycleReason } from "../../src/model/label-values.ts";

/** Events of the simulated week. Times are Unix seconds. */
export interface Story {
  readonly servers: readonly string[];
  /** Start time of the first workers. */
  readonly boot: number;
  readonly loops: readonly Loop[];
  readonly incidents: readonly Incident[];
  readonly recycles: readonly Recycle[];
  readonly keyChanges: readonly { readonly kind: KeyChangeKind; readonly at: number }[];
  readonly isExposed: (at: number) => boolean;
  /** Requests of a server since the start of the week. */
  readonly load: (at: number) => number;
}

export interface Loop {
  readonly server: string;
  readonly pool: string;
  readonly category: Category;
  readonly outcome: LoopOutcome;
  readonly start: number;
  readonly end: number;
  /** Seconds between two refusals. */
  readonly every: number;
}

export interface Incident {
  readonly server: string;
  readonly pool: string;
  readonly cause: Cause;
  readonly start: number;
  readonly end: number;
  readonly expectedEnd: number | null;
}

export interface Recycle {
  readonly server: string;
  readonly pool: string;
  readonly reason: RecycleReason;
  readonly at: number;
  readonly firstBearer: number | null;
}

const SERVICES = "MSExchangeServicesAppPool";
const MAPI = "MSExchangeMapiFrontEndAppPool";
const SYNC = "MSExchangeSyncAppPool";
const OAB = "MSExchangeOABAppPool";
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** An incident with its recycle and its clients. */
interface Plan {
  readonly server: string;
  readonly pool: string;
  readonly cause: Cause;
  readonly category: Category;
  readonly start: number;
  readonly minutes: number;
  readonly clients: number;
  readonly reason: RecycleReason | null;
}

/** The story that ends at `end`; always the same for the same end. */
export function simulatedStory(end: number): Story {
  const begin = end - 16 * DAY;
  const plans: readonly Plan[] = [
    {
      server: "EX01",
      pool: MAPI,
      cause: "stale_keys_after_recycle",
      category: "invalid_signature",
      start: end - 11 * DAY - 3 * HOUR,
      minutes: 28,
      clients: 52,
      reason: "crash",
    },
    {
      server: "EX03",
      pool: SERVICES,
      cause: "stale_keys_after_recycle",
      category: "invalid_signature",
      start: end - 9 * DAY - 5 * HOUR,
      minutes: 19,
      clients: 23,
      reason: "memory",
    },
    {
      server: "EX02",
      pool: SERVICES,
      cause: "stale_keys_after_recycle",
      category: "invalid_signature",
      start: end - 5 * DAY - 4 * HOUR,
      minutes: 26,
      clients: 41,
      reason: "crash",
    },
    {
      server: "EX02",
      pool: MAPI,
      cause: "stale_keys_after_recycle",
      category: "invalid_signature",
      start: end - 5 * DAY - 4 * HOUR + 300,
      minutes: 22,
      clients: 18,
      reason: "managed_availability",
    },
    {
      server: "EX01",
      pool: SYNC,
      cause: "stale_keys_after_recycle",
      category: "invalid_signature",
      start: end - 4 * DAY - 2 * HOUR,
      minutes: 17,
      clients: 7,
      reason: "memory",
    },
    {
      server: "EX03",
      pool: MAPI,
      cause: "metadata_unreachable",
      category: "invalid_signature",
      start: end - 2 * DAY - 3 * HOUR,
      minutes: 140,
      clients: 12,
      reason: "on_demand",
    },
    {
      server: "EX01",
      pool: SERVICES,
      cause: "stale_keys_after_recycle",
      category: "invalid_signature",
      start: end - 90 * MINUTE,
      minutes: 24,
      clients: 31,
      reason: "managed_availability",
    },
    // Still open at the end.
    {
      server: "EX02",
      pool: SERVICES,
      cause: "stale_keys_after_recycle",
      category: "invalid_signature",
      start: end - 18 * MINUTE,
      minutes: 60,
      clients: 27,
      reason: "crash",
    },
    {
      server: "EX02",
      pool: MAPI,
      cause: "unexplained",
      category: "invalid_signature",
      start: end - 6 * MINUTE,
      minutes: 60,
      clients: 6,
      reason: null,
    },
  ];
  const random = randomFrom(7);
  const loads = new Map<number, number>();
  const loops = [...plans.flatMap((plan) => loopsOf(plan, random)), ...strayLoops(begin, random)];
  const recycles: readonly Recycle[] = (
    [
      ...plans.flatMap((plan): readonly Recycle[] =>
        plan.reason === null
          ? []
          : [
              {
                server: plan.server,
                pool: plan.pool,
                reason: plan.reason,
                at: plan.start - 240,
                firstBearer: plan.start - 45,
              },
            ],
      ),
      // Harmless ones, because the organisation was not exposed at the time.
      ...[1, 3, 6].flatMap((days): readonly Recycle[] =>
        ["EX01", "EX02", "EX03"].map((server, index) => ({
          server,
          pool: SYNC,
          reason: "memory",
          at: end - days * DAY - index * 1800,
          firstBearer: end - days * DAY - index * 1800 + 70,
        })),
      ),
      { server: "EX02", pool: OAB, reason: "on_demand", at: end - 12 * MINUTE, firstBearer: null },
    ] satisfies Recycle[]
  ).sort((a, b) => a.at - b.at);
  const exposures = [
    [end - 5 * DAY - 5 * HOUR, end - 4 * DAY],
    [end - 3 * HOUR, end + DAY],
  ] as const;
  return {
    servers: ["EX01", "EX02", "EX03"],
    boot: begin - 3 * DAY,
    loops,
    incidents: plans.map((plan) => ({
      server: plan.server,
      pool: plan.pool,
      cause: plan.cause,
      start: plan.start,
      end: plan.start + plan.minutes * MINUTE,
      expectedEnd: plan.reason === null ? null : plan.start - 45 + 30 * MINUTE,
    })),
    recycles,
    keyChanges: [
      { kind: "entra_keys_published", at: exposures[0][0] },
      { kind: "ad_keys_updated", at: exposures[0][1] },
      { kind: "entra_keys_published", at: exposures[1][0] },
      { kind: "auth_certificate_previous_changed", at: end - 6 * DAY },
    ],
    isExposed: (at) => exposures.some(([from, to]) => from <= at && at < to),
    load: (at) => {
      const known = loads.get(at);
      if (known !== undefined) return known;
      const load = loadSince(begin, at);
      loads.set(at, load);
      return load;
    },
  };
}

function loopsOf(plan: Plan, random: () => number): readonly Loop[] {
  const end = plan.start + plan.minutes * MINUTE;
  return Array.from({ length: plan.clients }, (_, index) => {
    const start = Math.round(plan.start + (index === 0 ? 0 : random() * Math.min(plan.minutes * 30, 600)));
    return {
      server: plan.server,
      pool: plan.pool,
      category: plan.category,
      outcome: random() < 0.85 ? "recovered" : "unresolved",
      start,
      end: Math.round(end - random() * 90),
      every: 8 + Math.floor(random() * 10),
    };
  });
}

/** Single users whose token has expired, on any day: not an incident. */
function strayLoops(begin: number, random: () => number): readonly Loop[] {
  return Array.from({ length: 46 }, (_, index) => {
    const start = Math.round(begin + 2 * HOUR + index * 8 * HOUR + random() * HOUR);
    return {
      server: ["EX01", "EX02", "EX03"][index % 3] ?? "EX01",
      pool: index % 2 === 0 ? SERVICES : SYNC,
      category: index % 3 === 0 ? "invalid_resource" : "token_expired",
      outcome: "recovered",
      start,
      end: start + 60 + Math.round(random() * 600),
      every: 15,
    };
  });
}

/** Integral of eight requests a second at night and forty by day, fewer on weekends, in steps of hours. */
function loadSince(begin: number, at: number): number {
  let total = 0;
  for (let hour = begin - (begin % HOUR); hour < at; hour += HOUR) {
    const from = Math.max(hour, begin);
    const to = Math.min(hour + HOUR, at);
    const day = new Date(hour * 1000);
    const isWeekend = day.getUTCDay() % 6 === 0;
    const bell = Math.max(0, Math.sin(((day.getUTCHours() - 5) / 14) * Math.PI));
    total += (to - from) * (8 + (isWeekend ? 6 : 40) * bell);
  }
  return total;
}

/** Mulberry32: the same numbers for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
