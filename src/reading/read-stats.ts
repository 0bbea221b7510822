import type { LogFormat } from "../model/label-values.ts";
import { addLedger, createLedger, unaccountedBytes, type Ledger } from "./ledger.ts";

/** What was read of one server's logs of one format. */
export interface FormatStats {
  readonly server: string;
  readonly format: LogFormat;
  /** Sum over all files, those that are gone included. Counters: they never go back. */
  readonly ledger: Ledger;
  /** Files read or followed now. */
  readonly files: number;
  /** Time of the newest row (Unix ms); null before the first. */
  readonly newestAtMs: number | null;
  /** Wall clock at the reading of the newest row less its time (ms); null before the first. */
  readonly lagMs: number | null;
}

/** One file's part in it. */
export interface FileStats {
  readonly server: string;
  readonly format: LogFormat;
  readonly ledger: Ledger;
  readonly isPresent: boolean;
  readonly newestAtMs: number | null;
  /** When the newest row was read (Unix ms). */
  readonly newestReadAtMs: number | null;
}

/** Adds files up by server and format, in the order in which these first come. */
export function sumStats(files: Iterable<FileStats>): FormatStats[] {
  const sums = new Map<string, { -readonly [Key in keyof FormatStats]: FormatStats[Key] }>();
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
      };
      sums.set(key, sum);
    }
    addLedger(sum.ledger, file.ledger);
    if (file.isPresent) sum.files += 1;
    if (file.newestAtMs !== null && (sum.newestAtMs === null || file.newestAtMs > sum.newestAtMs)) {
      sum.newestAtMs = file.newestAtMs;
      sum.lagMs = file.newestReadAtMs === null ? null : file.newestReadAtMs - file.newestAtMs;
    }
  }
  return [...sums.values()];
}

/** Bytes that no ledger accounts for: always 0. */
export function totalUnaccountedBytes(stats: readonly FormatStats[]): number {
  return stats.reduce((sum, one) => sum + Math.abs(unaccountedBytes(one.ledger)), 0);
}
