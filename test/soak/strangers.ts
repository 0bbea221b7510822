import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";

/** Hostile clients: idle connections, clients that do not read, and password guessers. `size` 5 means 500, 50 and 20 of them. */
export class Strangers {
  readonly #size: number;
  readonly #sockets = new Set<Socket>();
  #isHere = false;

  constructor(size: number) {
    this.#size = size;
  }

  /** Connects all of them; earlier ones stay connected. Resolves to the number of open connections. */
  async comeTo(port: number): Promise<number> {
    this.leave();
    this.#isHere = true;
    for (let count = 0; count < 100 * this.#size; count++) await this.#connect(port, "127.0.0.2");
    for (let count = 0; count < 10 * this.#size; count++) {
      const socket = await this.#connect(port, "127.0.0.3");
      socket.pause();
      socket.write(
        `GET /api/v1/incidents HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${basic("viewer:seen")}\r\n\r\n`,
      );
    }
    for (let guesser = 0; guesser < 4 * this.#size; guesser++) void this.#guess(port, guesser);
    return this.#sockets.size;
  }

  /** Disconnects all of them. */
  leave(): void {
    this.#isHere = false;
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  async #connect(port: number, localAddress: string): Promise<Socket> {
    const socket = connect({ port, host: "127.0.0.1", localAddress });
    socket.on("error", () => undefined);
    socket.on("close", () => this.#sockets.delete(socket));
    this.#sockets.add(socket);
    await Promise.race([once(socket, "connect"), once(socket, "close")]).catch(() => undefined);
    return socket;
  }

  /** Guesses passwords until the daemon is gone. */
  async #guess(port: number, guesser: number): Promise<void> {
    for (let guess = 0; this.#isHere; guess++) {
      const headers = { authorization: basic(`slow:${String(guesser)} ${String(guess)}`) };
      const sent = request({
        host: "127.0.0.1",
        port,
        path: "/metrics",
        headers,
        localAddress: "127.0.0.4",
        agent: false,
      });
      const isAnswered = await new Promise<boolean>((resolve) => {
        sent.on("response", (response) =>
          response
            .resume()
            .on("end", () => resolve(true))
            .on("error", () => resolve(false)),
        );
        sent.on("error", () => resolve(false));
        sent.end();
      });
      if (!isAnswered) return;
    }
  }
}

function basic(login: string): string {
  return `Basic ${Buffer.from(login).toString("base64")}`;
}
