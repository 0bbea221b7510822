import { afterEach, describe, expect, test } from "@jest/globals";
import { hashSync } from "bcryptjs";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readWebConfig } from "../../src/config/read-web-config.ts";
import { listen, type Listener } from "../../src/web/listen.ts";
import { createWebApp } from "../../src/web/web-app.ts";
import { DEFAULT_WEB_OPTIONS } from "../../src/web/web-options.ts";
import type { WebConfigSource } from "../../src/web/web-security.ts";
import type { Findings, LoopFinding } from "../../src/model/finding.ts";
import { fakeQueries, FINDINGS, withApp } from "./web-fixture.ts";

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

interface Client {
  /** One of this machine's loopback addresses, so that clients have different addresses. */
  readonly from?: string;
  readonly login?: string;
}

async function connected({ port }: Listener, from = "127.0.0.1"): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", localAddress: from });
  socket.on("error", () => undefined);
  sockets.push(socket);
  await once(socket, "connect");
  return socket;
}

/** Requests a path and does not read the answer. */
async function askAndNotRead(listener: Listener, path: string, { from, login }: Client = {}): Promise<Socket> {
  const socket = await connected(listener, from);
  socket.pause();
  const head = login === undefined ? "" : `Authorization: ${basic(login)}\r\n`;
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${head}\r\n`);
  return socket;
}

function basic(login: string): string {
  return `Basic ${Buffer.from(login).toString("base64")}`;
}

/** Status of the answer; rejects if the connection is closed. */
function statusOf({ port }: Listener, path: string, { from = "127.0.0.1", login }: Client = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = login === undefined ? {} : { authorization: basic(login) };
    request({ host: "127.0.0.1", port, path, headers, localAddress: from, agent: false }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
      response.on("error", reject);
    })
      .on("error", reject)
      .end();
  });
}

/** Findings whose JSON fills all buffers on the way to a client that does not read. */
function manyFindings(loops: number): Findings {
  const [loop] = FINDINGS.loops;
  const many = Array.from({ length: loops }, (_, index): LoopFinding => ({
    ...(loop as LoopFinding),
    client: index.toString(16).padStart(16, "0"),
  }));
  return { ...FINDINGS, loops: many };
}

function usersOf(users: Readonly<Record<string, string>>): WebConfigSource & { remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "hma-strangers-"));
  const path = join(folder, "web.yml");
  const lines = Object.entries(users).map(([name, hash]) => `  ${name}: ${hash}\n`);
  writeFileSync(path, `basic_auth_users:\n${lines.join("")}`);
  return {
    read: () => readWebConfig(path),
    onFault: () => undefined,
    pollMs: 3_600_000,
    remove: () => rmSync(folder, { recursive: true }),
  };
}

describe("pages with many clients", () => {
  test("are rendered once per state and second, for any number of clients", async () => {
    let rendered = 0;
    let revision = 1;
    const queries = fakeQueries({
      revision: () => revision,
      findings: () => {
        rendered++;
        return FINDINGS;
      },
    });
    await withApp(queries, async (listener) => {
      const startedMs = performance.now();
      const all = await Promise.all(Array.from({ length: 30 }, () => statusOf(listener, "/api/v1/incidents")));
      expect(new Set(all)).toEqual(new Set([200]));
      // A page shows ages, so it is rendered again after a second: on a busy machine the answers take longer than that.
      expect(rendered).toBeLessThanOrEqual(1 + Math.floor((performance.now() - startedMs) / 1000));
      revision++;
      // A page may be older if its rendering is expensive; this one is cheap.
      const before = rendered;
      while (rendered === before) await statusOf(listener, "/api/v1/incidents");
    });
  });
});

describe("clients that do not read their answers", () => {
  test("do not block scrapes, probes or pages of others", async () => {
    await withApp(
      fakeQueries({ findings: () => manyFindings(60_000) }),
      async (listener) => {
        const readers = [];
        for (let count = 0; count < 12; count++) readers.push(await askAndNotRead(listener, "/api/v1/incidents"));
        for (const path of ["/metrics", "/metrics/servers/EX01", "/sd", "/-/healthy", "/-/ready", "/", "/incidents"])
          expect([path, await statusOf(listener, path)]).toEqual([path, 200]);
      },
      { maxConcurrentRequests: 3 },
    );
  });

  test("are disconnected even if no other client waits", async () => {
    const app = createWebApp(fakeQueries({ findings: () => manyFindings(60_000) }), DEFAULT_WEB_OPTIONS);
    const dropped = Promise.withResolvers<unknown>();
    const listener = await listen((request, response, context) => {
      request.socket.once("close", dropped.resolve);
      app(request, response, context);
    }, "127.0.0.1:0");
    await askAndNotRead(listener, "/api/v1/incidents");
    await dropped.promise;
    await listener.close();
  });
});

describe("idle connections", () => {
  test("are closed for new ones, those of the client with the most connections first", async () => {
    await withApp(fakeQueries(), async (listener) => {
      const own = await connected(listener, "127.0.0.9");
      const idle = [];
      for (let count = 0; count < 600; count++) idle.push(await connected(listener, "127.0.0.2"));
      expect(await statusOf(listener, "/metrics")).toBe(200);
      expect(await statusOf(listener, "/-/healthy", { from: "127.0.0.2" })).toBe(200);
      own.write("GET /-/healthy HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
      const [answer] = (await once(own, "data")) as [Buffer];
      expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
    });
  });
});

describe("password guesses", () => {
  test("of one client do not block another one whose password was not checked before", async () => {
    const source = usersOf({ prometheus: hashSync("right", 4), slow: hashSync("other", 11) });
    await withApp(
      fakeQueries(),
      async (listener) => {
        const guesses = Array.from({ length: 40 }, (_, index) =>
          statusOf(listener, "/metrics", { from: "127.0.0.2", login: `slow:guess ${index}` }),
        );
        expect(await statusOf(listener, "/metrics", { login: "prometheus:right" })).toBe(200);
        expect(new Set(await Promise.all(guesses))).toEqual(new Set([401, 503]));
      },
      { webConfig: source },
    );
    source.remove();
  });
});

test("with 500 idle connections, 50 clients that do not read and 20 guessing clients, every scrape is answered", async () => {
  const source = usersOf({ prometheus: hashSync("right", 10), viewer: hashSync("seen", 4), slow: hashSync("x", 12) });
  await withApp(
    fakeQueries({ findings: () => manyFindings(20_000) }),
    async (listener) => {
      const scrape = (): Promise<number> => statusOf(listener, "/metrics/servers/EX01", { login: "prometheus:right" });
      const [viewer, guesser] = [{ from: "127.0.0.3", login: "viewer:seen" }, "127.0.0.4"];
      expect([await scrape(), await statusOf(listener, "/", viewer)]).toEqual([200, 200]);
      for (let count = 0; count < 500; count++) await connected(listener, "127.0.0.2");
      for (let count = 0; count < 50; count++) await askAndNotRead(listener, "/api/v1/incidents", viewer);
      let guessing = true;
      const guessers = Array.from({ length: 20 }, async (_, index) => {
        for (let guess = 0; guessing; guess++)
          await statusOf(listener, "/metrics", { from: guesser, login: `slow:${index} ${guess}` }).catch(() => 0);
      });
      for (let count = 0; count < 9; count++) expect(await scrape()).toBe(200);
      guessing = false;
      await Promise.all(guessers);
    },
    { webConfig: source },
  );
  source.remove();
}, 120_000);
