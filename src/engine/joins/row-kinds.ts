import type { RequestRow } from "../../model/row.ts";

/** More kinds are not distinguished: logs have few of them, whatever the clients send. */
const MAX_KINDS = 4_096;

/**
 * Kinds of front-end rows: rows of one kind differ only in their times and keys. So a row is a number and its keys, and what follows from
 * the fields of a request's rows is found out once for their kinds. The name of the other server, which no front-end row is asked for, is
 * left out.
 */
export class RowKinds {
  readonly #rows: RequestRow[] = [];
  /** By a number for status and Win32 status. */
  readonly #byStatus = new Map<number, number[]>();

  /** Number of the row's kind; -1 when there are too many, or for a row that shows a worker process. */
  of(row: RequestRow): number {
    if (row.processId !== 0) return -1;
    const status = row.status + 1_000 * ((row.win32Status ?? -1) + 1);
    const known = this.#byStatus.get(status) ?? [];
    for (const kind of known) if (isSameKind(this.#rows[kind], row)) return kind;
    if (this.#rows.length === MAX_KINDS) return -1;
    const kind =
      this.#rows.push({ ...row, atMs: 0, requestKey: 0, ipKey: 0, userAgentKey: 0, idsKey: 0, peerServer: "" }) - 1;
    this.#byStatus.set(status, [...known, kind]);
    return kind;
  }

  /** A row of the kind, without time and keys; null for the number -1. */
  rowOf(kind: number): RequestRow | null {
    return this.#rows[kind] ?? null;
  }
}

function isSameKind(one: RequestRow | undefined, other: RequestRow): boolean {
  return (
    one !== undefined &&
    one.status === other.status &&
    one.source === other.source &&
    one.protocol === other.protocol &&
    one.appPool === other.appPool &&
    one.scheme === other.scheme &&
    one.subStatus === other.subStatus &&
    one.win32Status === other.win32Status &&
    one.backEndStatus === other.backEndStatus &&
    one.category === other.category &&
    one.isBackEndReason === other.isBackEndReason &&
    one.showsReasons === other.showsReasons &&
    one.hasUser === other.hasUser &&
    one.takesBearer === other.takesBearer &&
    one.namesDevice === other.namesDevice
  );
}
