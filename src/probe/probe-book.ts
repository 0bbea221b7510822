import { isGood, type ProbeKind, type ProbeOutcome, type ProbeProtocol } from "../model/probe/probe.ts";

/** The stored results for one server, protocol and kind of probe. */
export interface ProbeEntry {
  readonly last: ProbeOutcome;
  /** The last failed result; later good results do not replace it. Null if there was none. */
  readonly lastFailure: ProbeOutcome | null;
  /** Time of the first of the consecutive results with the current verdict, Unix milliseconds. */
  readonly sinceMs: number;
}

/** Results by server (lower case), protocol and kind. Bounded, because the caller probes only configured servers. */
export type ProbeBook = ReadonlyMap<string, ProbeEntry>;

export const EMPTY_BOOK: ProbeBook = new Map();

/** The book with these outcomes added, except those of servers that are not `known`. */
export function noteOutcomes(book: ProbeBook, outcomes: readonly ProbeOutcome[]): ProbeBook {
  const next = new Map(book);
  for (const outcome of outcomes) {
    const key = keyOf(outcome.server, outcome.protocol, outcome.probe);
    const before = next.get(key);
    next.set(key, {
      last: outcome,
      lastFailure: isGood(outcome) ? (before?.lastFailure ?? null) : outcome,
      sinceMs: before?.last.verdict === outcome.verdict ? before.sinceMs : outcome.atMs,
    });
  }
  return next;
}

/** The book without servers and protocols that are no longer probed. */
export function keepAsked(book: ProbeBook, isAsked: (outcome: ProbeOutcome) => boolean): ProbeBook {
  return new Map([...book].filter(([, entry]) => isAsked(entry.last)));
}

export function entryOf(
  book: ProbeBook,
  server: string,
  about: { readonly protocol: ProbeProtocol; readonly probe: ProbeKind },
): ProbeEntry | null {
  return book.get(keyOf(server, about.protocol, about.probe)) ?? null;
}

/** All entries of a server, in the order in which they were created. */
export function entriesOf(book: ProbeBook, server: string): readonly ProbeEntry[] {
  const prefix = `${server.toLowerCase()}|`;
  return [...book].flatMap(([key, entry]) => (key.startsWith(prefix) ? [entry] : []));
}

/** The more informative entry of a protocol: that of the token if one was sent, otherwise that of the challenge. */
export function tellingEntry(book: ProbeBook, server: string, protocol: ProbeProtocol): ProbeEntry | null {
  return entryOf(book, server, { protocol, probe: "token" }) ?? entryOf(book, server, { protocol, probe: "challenge" });
}

function keyOf(server: string, protocol: ProbeProtocol, probe: ProbeKind): string {
  return `${server.toLowerCase()}|${protocol}|${probe}`;
}
