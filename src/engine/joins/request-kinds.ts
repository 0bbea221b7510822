/**
 * What is known of requests by the kinds of their front-end rows (`RowKinds`). The number -1 stands for a row that is not known. Forgotten
 * with each log that is found, which may have other rows of such requests.
 */
export class RequestKinds<Kind> {
  readonly #kinds: (Kind | undefined)[][] = [];

  get(iis: number, httpProxy: number): Kind | undefined {
    return this.#kinds[iis + 1]?.[httpProxy + 1];
  }

  set(iis: number, httpProxy: number, kind: Kind): void {
    (this.#kinds[iis + 1] ??= [])[httpProxy + 1] = kind;
  }

  clear(): void {
    this.#kinds.length = 0;
  }
}
