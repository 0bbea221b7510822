import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { peerOf } from "./peer-address.ts";

/** What of a socket is needed here. */
type Connection = Pick<Socket, "remoteAddress" | "remotePort" | "destroy" | "once">;

interface Entry {
  readonly connection: Connection;
  readonly peer: string;
  /** Requests that are not answered yet. */
  atWork: number;
}

/**
 * The connections of a listener, `most` at once. When there is no room for a new one, the client with the most connections loses the
 * one that has been idle longest, so that idle connections keep nobody out. With none idle the new one is refused.
 */
export class Connections {
  readonly #most: number;
  /** By address and port, those longest without work first. */
  readonly #open = new Map<string, Entry>();

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Takes over the server's connections from now on. */
  watch(server: Server): void {
    server.on("connection", (socket) => this.open(socket));
    server.on("request", (request, response) => this.atWork(request, response));
  }

  /** A new connection; destroyed when there is no room for it. */
  open(connection: Connection): void {
    if (this.#open.size >= this.#most && !this.#shed()) {
      connection.destroy();
      return;
    }
    const key = keyOf(connection);
    this.#open.set(key, { connection, peer: peerOf(connection.remoteAddress), atWork: 0 });
    connection.once("close", () => this.#open.delete(key));
  }

  /** A request of it is at work until its answer is closed. */
  atWork({ socket }: Pick<IncomingMessage, "socket">, response: Pick<ServerResponse, "once">): void {
    const key = keyOf(socket);
    const entry = this.#open.get(key);
    if (entry === undefined) return;
    entry.atWork++;
    response.once("close", () => {
      entry.atWork--;
      // It has just been of use: to the end of the line.
      if (this.#open.delete(key)) this.#open.set(key, entry);
    });
  }

  #shed(): boolean {
    const idle = [...this.#open].filter(([, { atWork }]) => atWork === 0);
    const counts = new Map<string, number>();
    for (const { peer } of this.#open.values()) counts.set(peer, (counts.get(peer) ?? 0) + 1);
    const most = idle.reduce((top, [, { peer }]) => Math.max(top, counts.get(peer) ?? 0), 0);
    const victim = idle.find(([, { peer }]) => counts.get(peer) === most);
    if (victim === undefined) return false;
    this.#open.delete(victim[0]);
    victim[1].connection.destroy();
    return true;
  }
}

/** The raw socket and the TLS one over it have the same. */
function keyOf({ remoteAddress, remotePort }: Pick<Connection, "remoteAddress" | "remotePort">): string {
  return `${remoteAddress ?? ""} ${remotePort ?? 0}`;
}
