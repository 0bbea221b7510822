import { KIND_COLUMNS, MAX_KNOWN_KINDS, type KnownKinds } from "../../model/logs/watched-clients.ts";

/** More kinds of rows with one URL and status are not remembered: a log writes few of them, whatever its clients send. */
const MAX_KINDS = 16;
/** URLs and statuses of which kinds are remembered. */
const MAX_NAMES = 4_096;

/** By what rows of the same URL and status differ. Statuses are -1 when there is none. */
export interface KindOfRow {
  readonly subStatus: number;
  readonly win32Status: number;
  readonly namesDevice: boolean;
}

/** The kinds of one server's rows that have the same schema. */
export class UnservedKinds<Kind extends KindOfRow> implements KnownKinds {
  /** By a number for status and URL. */
  readonly #byName = new Map<number, Kind[]>();
  readonly columns = new Float64Array(MAX_KNOWN_KINDS * KIND_COLUMNS);
  readonly #known: Kind[] = [];

  get count(): number {
    return this.#known.length;
  }

  /** The kind with that index in `columns`. */
  known(index: number): Kind | undefined {
    return this.#known[index];
  }

  /** Lets a scanner take rows of that kind. `columns`: see KIND_COLUMNS. */
  learn(kind: Kind, columns: readonly number[]): void {
    if (this.count === MAX_KNOWN_KINDS) return;
    this.columns.set(columns, this.count * KIND_COLUMNS);
    this.#known.push(kind);
  }

  /** The known kind, or the one that `create` returns; undefined when there are too many. */
  of(name: number, { subStatus, win32Status, namesDevice }: KindOfRow, create: () => Kind): Kind | undefined {
    let kinds = this.#byName.get(name);
    if (kinds === undefined) {
      if (this.#byName.size === MAX_NAMES) return undefined;
      this.#byName.set(name, (kinds = []));
    }
    for (const kind of kinds) {
      if (kind.subStatus === subStatus && kind.win32Status === win32Status && kind.namesDevice === namesDevice)
        return kind;
    }
    if (kinds.length === MAX_KINDS) return undefined;
    const kind = create();
    kinds.push(kind);
    return kind;
  }
}
