import type { LogFormat } from "../model/label-values.ts";
import type { LogGap } from "../model/log-gap.ts";
import { addLedger, createLedger, unaccountedBytes, type Ledger } from "./ledger.ts";

/** Statistics of one server's logs of one format. */
export interface FormatStats {
  readonly server: string;
  readonly format: LogFormat;
  /** Sum over all files, gone ones included. Its counters never decrease. */
  readonly ledger: Ledger;
  /** Number of files read, or followed and present. */
  readonly files: number;
  /** Time of the newest row (Unix ms); null before the first. */
  readonly newestAtMs: number | null;
  /** How late the newest row was read: wall clock when it was read minus its time (ms); null before the first. */
  readonly lagMs: number | null;
  /**
   * Needed columns that are missing in the newest file of any folder; null while no header was read. For IIS, only the front end's log
   * counts.
   */
  readonly missingColumns: readonly string[] | null;
}

/** Statistics of one file. */
export interface FileStats {
  readonly server: string;
  readonly format: LogFormat;
  readonly ledger: Ledger;
  readonly isPresent: boolean;
  readonly newestAtMs: number | null;
  /** When the newest row was read (Unix ms). */
  readonly newestReadAtMs: number | null;
  /** Needed columns that are missing; null without a header, and for the back end's IIS log, whose rows only complete other rows. */
  readonly missingColumns: readonly string[] | null;
  /** Path of its folder below the server's folder. */
  readonly folder: string;
}

/** Adds up files by server and format, in the order of their first file. */
export function sumStats(files: Iterable<FileStats>): FormatStats[] {
  const sums = new Map<string, { -readonly [Key in keyof FormatStats]: FormatStats[Key] }>();
  const columns = new Map<string, NewestColumns>();
  for (const file of files) {
    const key = `${file.format} ${file.server}`;
    let sum = sums.get(key);
    if (sum === undefined) {
      sum = {
        server: file.server,
        format: file.format,
        ledger: createLedger(),
        files: 0,
        newestAtMs: null,
        lagMs: null,
        missingColumns: null,
      };
      sums.set(key, sum);
      columns.set(key, new NewestColumns());
    }
    columns.get(key)?.note(file);
    addLedger(sum.ledger, file.ledger);
    if (file.isPresent) sum.files += 1;
    if (file.newestAtMs !== null && (sum.newestAtMs === null || file.newestAtMs > sum.newestAtMs)) {
      sum.newestAtMs = file.newestAtMs;
      sum.lagMs = file.newestReadAtMs === null ? null : file.newestReadAtMs - file.newestAtMs;
    }
  }
  for (const [key, sum] of sums) sum.missingColumns = columns.get(key)?.missing() ?? null;
  return [...sums.values()];
}

/** Missing columns of the newest file in each folder: those that the server does not log now. */
class NewestColumns {
  readonly #byFolder = new Map<string, FileStats>();

  note(file: FileStats): void {
    if (file.missingColumns === null) return;
    const known = this.#byFolder.get(file.folder);
    if (known === undefined || (file.newestAtMs ?? -Infinity) >= (known.newestAtMs ?? -Infinity))
      this.#byFolder.set(file.folder, file);
  }

  missing(): readonly string[] | null {
    if (this.#byFolder.size === 0) return null;
    return [...new Set([...this.#byFolder.values()].flatMap((file) => file.missingColumns ?? []))];
  }
}

/** Logs with missing columns, by server and format. */
export function logGapsOf(stats: readonly FormatStats[]): readonly LogGap[] {
  return stats.flatMap(({ server, format, missingColumns }) =>
    missingColumns === null || missingColumns.length === 0 ? [] : [{ server, format, columns: missingColumns }],
  );
}

/** Bytes that no ledger accounts for. Always 0; any other value is a bug in the reader. */
export function totalUnaccountedBytes(stats: readonly FormatStats[]): number {
  return stats.reduce((sum, one) => sum + Math.abs(unaccountedBytes(one.ledger)), 0);
}
