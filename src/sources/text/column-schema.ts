import { missingColumns } from "../../catalogue/log-columns.ts";
import type { LogFormat } from "../../model/label-values.ts";
import type { LogColumn } from "../../model/logs/log-source.ts";
import { LOG_SOURCES } from "../../model/logs/log-sources.ts";
import type { Schema } from "../../model/row.ts";
import { dayStartMs, readClock, readDay } from "./log-time.ts";
import { cutColumns } from "./slots.ts";

/** Room for a row grows by doubling from this many bytes. */
const FIRST_ROOM_BYTES = 4_096;

/**
 * The columns of a log as its header lists them. `spans` holds the fields of the row being parsed: the field of slot n
 * is `[spans[2n], spans[2n + 1])`, an empty range when the row does not have it. Each row overwrites it, and nothing
 * reads it after `parse` has returned. The schema also caches the start of the last day that it parsed.
 */
export class ColumnSchema implements Schema {
  readonly header: string;
  readonly missing: readonly string[];
  readonly format: LogFormat;
  /** Slot of each column; -1 for a column that no parser reads. */
  readonly slotOfColumn: Int16Array;
  /**
   * `fieldsRequired`: number of fields a row must have. `fieldsWanted`: number of fields up to the last one that is
   * read.
   */
  readonly fieldsRequired: number;
  readonly fieldsWanted: number;
  /** The header has every required column. */
  readonly isComplete: boolean;
  readonly spans: Int32Array;
  private readonly isPresent: readonly boolean[];
  private cachedDay = -1;
  private cachedDayMs = NaN;
  private roomForRow = Buffer.alloc(0);
  private readonly ordered = new Map<readonly number[], readonly number[]>();

  constructor(format: LogFormat, header: string, names: readonly string[]) {
    const wanted = cutColumns(LOG_SOURCES[format].columns);
    const columns = wanted.map((want) => names.findIndex((name) => isWanted(name, want)));
    this.format = format;
    this.header = header;
    this.missing = missingColumns(format, names);
    this.slotOfColumn = new Int16Array(Math.max(names.length, 1)).fill(-1);
    columns.forEach((column, slot) => {
      if (column >= 0) this.slotOfColumn[column] = slot;
    });
    this.isPresent = columns.map((column) => column >= 0);
    this.isComplete = wanted.every((want, slot) => want.isRequired !== true || this.has(slot));
    this.fieldsRequired = 1 + Math.max(-1, ...columns.filter((_, slot) => wanted[slot]?.isRequired === true));
    this.fieldsWanted = Math.max(1, 1 + Math.max(-1, ...columns));
    this.spans = new Int32Array(2 * wanted.length);
  }

  /** The header has the column of this slot. */
  has(slot: number): boolean {
    return this.isPresent[slot] === true;
  }

  /** Start of the slot's field in the row that was split last, an offset in its bytes. `endOf` gives the end. */
  startOf(slot: number): number {
    return this.spans[2 * slot] ?? 0;
  }

  endOf(slot: number): number {
    return this.spans[2 * slot + 1] ?? 0;
  }

  /**
   * The slots whose columns the header has, in the order of the columns. `slots` is a constant list: the result is kept for each list.
   */
  inOrder(slots: readonly number[]): readonly number[] {
    const known = this.ordered.get(slots);
    if (known !== undefined) return known;
    const columnOf = new Map([...this.slotOfColumn.entries()].map(([column, slot]) => [slot, column]));
    const ordered = slots
      .filter((slot) => this.has(slot))
      .sort((one, other) => (columnOf.get(one) ?? 0) - (columnOf.get(other) ?? 0));
    this.ordered.set(slots, ordered);
    return ordered;
  }

  /** A buffer of `length` bytes or more for the row that is being parsed; the next row overwrites it. */
  room(length: number): Buffer {
    if (this.roomForRow.length < length)
      this.roomForRow = Buffer.allocUnsafeSlow(Math.max(FIRST_ROOM_BYTES, 2 * this.roomForRow.length, length));
    return this.roomForRow;
  }

  /** Unix milliseconds of a day field and a clock field; NaN when they are not a valid time. */
  instant(bytes: Uint8Array, dayAt: number, clockStart: number, clockEnd: number): number {
    const day = readDay(bytes, dayAt);
    if (day !== this.cachedDay) {
      this.cachedDayMs = dayStartMs(day);
      this.cachedDay = day;
    }
    const clockMs = readClock(bytes, clockStart, clockEnd);
    return clockMs < 0 ? NaN : this.cachedDayMs + clockMs;
  }
}

function isWanted(name: string, want: LogColumn): boolean {
  const [lower, wanted] = [name.toLowerCase(), want.name.toLowerCase()];
  return want.isPart === true ? lower.includes(wanted) : lower === wanted;
}
