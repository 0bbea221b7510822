import { LINE_FATES, type LineFate } from "../model/label-values.ts";
import { UNREADABLE_REASONS, type UnreadableReason } from "../model/row.ts";

/**
 * Counts what became of every byte and line of one file. Only the LineReader writes into it.
 * The lists have the indexes of `LINE_FATES` and `UNREADABLE_REASONS`.
 */
export interface Ledger {
  /** Bytes read so far, those without a fate included. */
  bytesRead: number;
  /** Bytes of these that have no fate yet, because their line is incomplete or newer than the horizon. */
  pending: number;
  readonly bytes: number[];
  readonly lines: number[];
  /** Unreadable lines by reason. */
  readonly unreadable: number[];
}

/** A ledger without its zeros, for the state record. */
export interface LedgerRecord {
  readonly bytesRead: number;
  readonly pending: number;
  readonly bytes: Readonly<Partial<Record<LineFate, number>>>;
  readonly lines: Readonly<Partial<Record<LineFate, number>>>;
  readonly unreadable: Readonly<Partial<Record<UnreadableReason, number>>>;
}

const ROW_FATES: readonly LineFate[] = ["counted", "noise", "before_lookback"];
const COUNTED_FATES: readonly LineFate[] = ["counted", "noise", "header", "blank"];

/** Index of each fate in a ledger's lists. */
export const FATE_AT = {
  counted: LINE_FATES.indexOf("counted"),
  noise: LINE_FATES.indexOf("noise"),
  header: LINE_FATES.indexOf("header"),
  blank: LINE_FATES.indexOf("blank"),
  unreadable: LINE_FATES.indexOf("unreadable"),
  too_long: LINE_FATES.indexOf("too_long"),
  partial: LINE_FATES.indexOf("partial"),
  before_lookback: LINE_FATES.indexOf("before_lookback"),
} as const satisfies Record<LineFate, number>;

export function createLedger(): Ledger {
  return {
    bytesRead: 0,
    pending: 0,
    bytes: LINE_FATES.map(() => 0),
    lines: LINE_FATES.map(() => 0),
    unreadable: UNREADABLE_REASONS.map(() => 0),
  };
}

/** Adds `from` to `into`. */
export function addLedger(into: Ledger, from: Ledger): void {
  into.bytesRead += from.bytesRead;
  into.pending += from.pending;
  addList(into.bytes, from.bytes);
  addList(into.lines, from.lines);
  addList(into.unreadable, from.unreadable);
}

function addList(into: number[], from: readonly number[]): void {
  for (let at = 0; at < into.length; at++) into[at] = (into[at] ?? 0) + (from[at] ?? 0);
}

/** Bytes of lines that were understood. */
export function countedBytes(ledger: Ledger): number {
  return COUNTED_FATES.reduce((sum, fate) => sum + (ledger.bytes[FATE_AT[fate]] ?? 0), 0);
}

/** Lines that are rows: counted, noise, or outside of the time range that was asked for. */
export function rowsRead(ledger: Ledger): number {
  return ROW_FATES.reduce((sum, fate) => sum + (ledger.lines[FATE_AT[fate]] ?? 0), 0);
}

/** Bytes of lines that were not understood, or are outside of the time range that was asked for. */
export function skippedBytes(ledger: Ledger): number {
  return ledger.bytes.reduce((sum, bytes) => sum + bytes, 0) - countedBytes(ledger);
}

/** Bytes read that have no fate and are not pending. Always 0; any other value is a bug in the reader. */
export function unaccountedBytes(ledger: Ledger): number {
  return ledger.bytesRead - ledger.pending - ledger.bytes.reduce((sum, bytes) => sum + bytes, 0);
}

/** The ledger for the state record. */
export function toLedgerRecord(ledger: Ledger): LedgerRecord {
  return {
    bytesRead: ledger.bytesRead,
    pending: ledger.pending,
    bytes: named(LINE_FATES, ledger.bytes),
    lines: named(LINE_FATES, ledger.lines),
    unreadable: named(UNREADABLE_REASONS, ledger.unreadable),
  };
}

function named<Name extends string>(names: readonly Name[], values: readonly number[]): Partial<Record<Name, number>> {
  const record: Partial<Record<Name, number>> = {};
  names.forEach((name, at) => {
    const value = values[at] ?? 0;
    if (value !== 0) record[name] = value;
  });
  return record;
}

/** The ledger of a state record; missing values are 0. */
export function fromLedgerRecord(record: LedgerRecord): Ledger {
  return {
    bytesRead: record.bytesRead,
    pending: record.pending,
    bytes: LINE_FATES.map((fate) => record.bytes[fate] ?? 0),
    lines: LINE_FATES.map((fate) => record.lines[fate] ?? 0),
    unreadable: UNREADABLE_REASONS.map((reason) => record.unreadable[reason] ?? 0),
  };
}
