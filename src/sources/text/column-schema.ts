import { missingColumns } from "../../catalogue/log-columns.ts";
import type { LogFormat } from "../../model/label-values.ts";
import type { LogColumn } from "../../model/logs/log-source.ts";
import { LOG_SOURCES } from "../../model/logs/log-sources.ts";
import type { Schema } from "../../model/row.ts";
import { dayStartMs, readClock, readDay } from "./log-time.ts";
import { cutColumns } from "./slots.ts";

/**
 * The columns in force. `spans` is scratch for the row being parsed: slot n stands at `[spans[2n], spans[2n + 1])`, an empty range when
 * the row has it not. Each row overwrites it; nothing reads it once `parse` has returned. The start of the last day seen is kept as well.
 */
export class ColumnSchema implements Schema {
  readonly header: string;
  readonly missing: readonly string[];
  readonly format: LogFormat;
  /** Column to slot; -1 for a column that nobody wants. */
  readonly slotOfColumn: Int16Array;
  /** Fields a row must have, and fields after which nothing of interest follows. */
  readonly fieldsRequired: number;
  readonly fieldsWanted: number;
  /** Every required column is there. */
  readonly isComplete: boolean;
  readonly spans: Int32Array;
  private readonly isPresent: readonly boolean[];
  private cachedDay = -1;
  private cachedDayMs = NaN;

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

  /** The log has the slot's column. */
  has(slot: number): boolean {
    return this.isPresent[slot] === true;
  }

  /** Start of the slot's field in the row that was split last; its end is `endOf`. */
  startOf(slot: number): number {
    return this.spans[2 * slot] ?? 0;
  }

  endOf(slot: number): number {
    return this.spans[2 * slot + 1] ?? 0;
  }

  /** Instant of a day field and a clock field, Unix milliseconds; NaN when it is none. */
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
