import { isGood, type ProbeKind, type ProbeOutcome, type ProbeProtocol } from "../model/probe/probe.ts";

/** What is kept of one server, protocol and kind of probe. */
export interface ProbeEntry {
  readonly last: ProbeOutcome;
  /** The last that was not what a healthy server gives; good ones do not push it out. Null when there was none. */
  readonly lastFailure: ProbeOutcome | null;
  /** Since when the last verdict has been found without another between, Unix milliseconds. */
  readonly sinceMs: number;
}

/** Results by server (small letters), protocol and kind. Bounded: the caller asks configured servers alone. */
export type ProbeBook = ReadonlyMap<string, ProbeEntry>;

export const EMPTY_BOOK: ProbeBook = new Map();

/** The book with these outcomes in it, those of servers that are not `known` left out. */
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

/** The book without servers and protocols that are asked no more. */
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

/** All entries of a server, in the order in which they were first found. */
export function entriesOf(book: ProbeBook, server: string): readonly ProbeEntry[] {
  const prefix = `${server.toLowerCase()}|`;
  return [...book].flatMap(([key, entry]) => (key.startsWith(prefix) ? [entry] : []));
}

/** The entry that tells most of a protocol: the token's where one was sent, else the challenge's. */
export function tellingEntry(book: ProbeBook, server: string, protocol: ProbeProtocol): ProbeEntry | null {
  return entryOf(book, server, { protocol, probe: "token" }) ?? entryOf(book, server, { protocol, probe: "challenge" });
}

function keyOf(server: string, protocol: ProbeProtocol, probe: ProbeKind): string {
  return `${server.toLowerCase()}|${protocol}|${probe}`;
}
