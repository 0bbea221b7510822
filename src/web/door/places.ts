import type { IncomingMessage, ServerResponse } from "node:http";

/** A request at work, as far as its place is concerned. */
export interface Holder {
  readonly request: Pick<IncomingMessage, "socket">;
  readonly response: Pick<ServerResponse, "once" | "writableEnded">;
}

/**
 * Places for requests at work at once. When all are taken, a request whose answer is ready but is not read by its client gives up its
 * place, the one that has waited longest first; so readers that do not read keep nobody out.
 */
export class Places {
  readonly #most: () => number;
  readonly #holders = new Set<Holder>();

  /** `most` is asked for each request. */
  constructor(most: () => number) {
    this.#most = most;
  }

  /** Takes a place until the response is closed. False when all are taken by requests that are still being answered. */
  enter(holder: Holder): boolean {
    if (this.#holders.size >= this.#most() && !this.#shed()) return false;
    this.#holders.add(holder);
    holder.response.once("close", () => this.#holders.delete(holder));
    return true;
  }

  #shed(): boolean {
    const longest = [...this.#holders].find(({ response }) => response.writableEnded);
    if (longest === undefined) return false;
    this.#holders.delete(longest);
    longest.request.socket.destroy();
    return true;
  }
}
