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
export class UnservedKinds<Kind extends KindOfRow> {
  /** By a number for status and URL. */
  readonly #byName = new Map<number, Kind[]>();
  #filesNoted = 0;

  /** Forgets all kinds when a file was found since (`Engine.filesNoted`): it may be a log that has other rows of these requests. */
  renew(filesNoted: number): void {
    if (filesNoted === this.#filesNoted) return;
    this.#byName.clear();
    this.#filesNoted = filesNoted;
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
