import { createServer, type Server } from "node:https";
import { createServer as createTcp, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { selfSigned } from "../../src/front-end/self-signed.ts";
import { probeServer } from "../../src/probing/probe-server.ts";
import type { ProbeTarget } from "../../src/probing/probe-target.ts";
import { trustOf } from "../../src/probing/trust.ts";
import { CHALLENGE_SHAPES } from "../probe/challenge-shapes.ts";
import { authorityKey, AUTODISCOVER, fakeOrganisation, NAMESPACE, type FakeOrganisation } from "./fixture.ts";
import { MINUTE_MS } from "../../src/model/durations.ts";

const open: { close: () => unknown }[] = [];
let farm: FakeOrganisation;
beforeAll(async () => {
  farm = await fakeOrganisation(["EX01", "EX02"]);
});
afterAll(async () => {
  await farm.close();
  for (const one of open) one.close();
});

function runOf(target: ProbeTarget | undefined, change: Partial<FakeOrganisation["settings"]> = {}) {
  if (target === undefined) throw new Error("Cannot probe: no target");
  const settings = { ...farm.settings, ...change };
  return { settings, target, tokens: farm.tokens, signal: new AbortController().signal, now: () => farm.nowMs };
}

describe("probeServer() at a healthy server", () => {
  test("finds Bearer offered everywhere, and the token accepted by directories that accept application tokens", async () => {
    const outcomes = await probeServer(runOf(farm.targets[0]));
    expect(outcomes.map(({ protocol, probe, verdict }) => `${protocol} ${probe} ${verdict}`)).toEqual([
      "ews challenge offered",
      "ews token accepted",
      "mapi challenge offered",
      "autodiscover challenge offered",
      "autodiscover token accepted",
      "eas challenge offered",
      "oab challenge offered",
      "rest challenge offered",
      "rest token accepted",
    ]);
    for (const outcome of outcomes) {
      expect(outcome.tlsNotAfterMs).not.toBeNull();
      expect(Object.keys(outcome.seconds)).toEqual(["connect", "tls", "processing"]);
      expect(outcome.clockOffsetSeconds).toBeLessThanOrEqual(1);
    }
    expect(outcomes.filter(({ probe }) => probe === "token").map(({ keyId }) => keyId)).toEqual([
      "KEY1",
      "KEY1",
      "KEY1",
    ]);
    expect(new Set(farm.seen.map(({ userAgent }) => userAgent))).toEqual(new Set(["hma-exporter/0.0.0 (probe)"]));
  });

  test("a token is only sent to the three directories", () => {
    const asked = farm.seen.filter(({ hasToken }) => hasToken).map(({ path }) => path);
    expect(new Set(asked)).toEqual(new Set(["/EWS/Exchange.asmx", "/autodiscover/autodiscover.xml", "/api/v2.0/me"]));
  });

  test("stops with its signal", async () => {
    const stopping = new AbortController();
    stopping.abort(new Error("stopped"));
    await expect(probeServer({ ...runOf(farm.targets[0]), signal: stopping.signal })).rejects.toThrow("stopped");
  });
});

describe("probeServer() after a roll-over", () => {
  test("a recycled worker refuses the new key until it has loaded it; a worker that has it accepts", async () => {
    const ews = (): Promise<string[]> =>
      probeServer(runOf(farm.targets[1], { protocols: ["ews"] })).then((all) => all.map(({ verdict }) => verdict));
    expect(await ews()).toEqual(["offered", "accepted"]);
    const before = [...farm.published];
    farm.published.push(await authorityKey("KEY2"));
    farm.frontEnds.get("EX02")?.recycle("MSExchangeServicesAppPool");
    expect(await ews()).toEqual(["offered", "refused_keys"]);
    farm.nowMs += farm.delayMs - 1;
    expect(await ews()).toEqual(["offered", "refused_keys"]);
    farm.nowMs += 1;
    expect(await ews()).toEqual(["offered", "accepted"]);
    farm.published.splice(0, farm.published.length, ...before);
    farm.nowMs += MINUTE_MS;
  });
});

describe("probeServer() at faulty servers", () => {
  const tls = selfSigned([NAMESPACE, AUTODISCOVER], { nowMs: Date.now() });
  const trust = trustOf([tls.certificate]);
  const targetOf = (port: number): ProbeTarget => ({
    name: "EX01",
    host: "127.0.0.1",
    port,
    namespace: NAMESPACE,
    autodiscoverNamespace: AUTODISCOVER,
  });
  async function portOf(server: Server | ReturnType<typeof createTcp>): Promise<number> {
    open.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }
  const verdictsAt = async (port: number, change: Parameters<typeof runOf>[1] = {}): Promise<string[]> => {
    const outcomes = await probeServer(
      runOf(targetOf(port), { protocols: ["ews"], trust, timeoutMs: 2_000, ...change }),
    );
    return outcomes.map(({ verdict, reason }) => `${verdict} ${reason}`);
  };

  test.each(CHALLENGE_SHAPES.map((shape) => [shape.name, shape] as const))(
    "shape %s over the wire",
    async (_, shape) => {
      const headers = [...shape.authenticate.flatMap((value) => ["WWW-Authenticate", value]), ...shape.others.flat()];
      const server = createServer({ cert: tls.certificate, key: tls.key }, (request, response) => {
        response.writeHead(request.headers["authorization"] === "Bearer" ? shape.status : 418, headers).end();
      });
      const run = runOf(targetOf(await portOf(server)), {
        protocols: [shape.protocol],
        trust,
        identity: shape.identity,
      });
      const [challenge] = await probeServer({ ...run, tokens: null });
      expect(challenge).toMatchObject({ verdict: shape.verdict, reason: shape.reason });
      server.close();
    },
  );

  test("reports a closed port", async () => {
    const server = createTcp();
    const port = await portOf(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await verdictsAt(port)).toEqual(["unreachable refused", "unreachable refused"]);
  });

  test("sends no byte of a request and no token if the certificate is for another name", async () => {
    const other = selfSigned(["other.example"], { nowMs: Date.now() });
    const got: string[] = [];
    const server = createServer({ cert: other.certificate, key: other.key }, (request, response) => {
      got.push(request.url ?? "");
      response.end();
    });
    const port = await portOf(server);
    expect(await verdictsAt(port, { trust: trustOf([other.certificate]) })).toEqual([
      "tls certificate_name",
      "tls certificate_name",
    ]);
    expect(await verdictsAt(port)).toEqual(["tls certificate_untrusted", "tls certificate_untrusted"]);
    expect(got).toEqual([]);
  });

  test("reports an expired certificate", async () => {
    const old = selfSigned([NAMESPACE], { nowMs: Date.now() - 40 * 86_400_000 });
    const port = await portOf(createServer({ cert: old.certificate, key: old.key }));
    const outcomes = await probeServer(
      runOf(targetOf(port), { protocols: ["ews"], trust: trustOf([old.certificate]), timeoutMs: 2_000 }),
    );
    expect(outcomes[0]).toMatchObject({ verdict: "tls", reason: "certificate_expired" });
    expect(outcomes[0]?.tlsNotAfterMs).toBeLessThan(Date.now());
  });

  const raw = (answer: (socket: Socket) => void) => {
    const sockets = new Set<Socket>();
    const server = createServer({ cert: tls.certificate, key: tls.key });
    server.on("secureConnection", (socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.once("data", () => answer(socket));
    });
    server.removeAllListeners("request");
    return server;
  };
  test.each<[string, (socket: Socket) => void, string]>([
    ["closes", (socket) => socket.destroy(), "unknown broken"],
    ["is not HTTP", (socket) => socket.end("SSH-2.0-OpenSSH\r\n"), "unknown broken"],
    ["sends nothing", () => undefined, "unknown answer_timeout"],
    ["ends within its headers", (socket) => socket.end("HTTP/1.1 401 Unauthorized\r\nWWW-Auth"), "unknown broken"],
    [
      "has endless headers",
      (socket) => socket.write(`HTTP/1.1 401 Unauthorized\r\nX: ${"a".repeat(100_000)}\r\n\r\n`),
      "unknown too_large",
    ],
    [
      "never ends its body",
      (socket) => socket.write("HTTP/1.1 401 U\r\nX-FEServer: EX01\r\nContent-Length: 99\r\n\r\nx"),
      "not_offered no_bearer",
    ],
    [
      "has a body without end",
      (socket) => {
        socket.write("HTTP/1.1 401 U\r\nX-FEServer: EX01\r\nTransfer-Encoding: chunked\r\n\r\n");
        const flood = (): void => {
          while (!socket.destroyed && socket.write(`2000\r\n${"x".repeat(8_192)}\r\n`));
          if (!socket.destroyed) socket.once("drain", flood);
        };
        flood();
      },
      "not_offered no_bearer",
    ],
  ])("reports an answer that %s", async (_, answer, expected) => {
    const server = raw(answer);
    const [challenge] = await verdictsAt(await portOf(server), { timeoutMs: 1_000 });
    expect(challenge).toBe(expected);
  });

  test("reports a port without TLS", async () => {
    const port = await portOf(
      createTcp((socket) => {
        socket.on("error", () => undefined);
        socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
      }),
    );
    expect((await verdictsAt(port))[0]).toBe("tls handshake");
  });

  test("does not follow a redirect, and sends no token to its target", async () => {
    const got: string[] = [];
    const server = createServer({ cert: tls.certificate, key: tls.key }, (request, response) => {
      got.push(request.headers["authorization"] ?? "");
      response.writeHead(302, { Location: `https://${NAMESPACE}/elsewhere` }).end();
    });
    expect(await verdictsAt(await portOf(server))).toEqual(["unknown redirect", "unknown redirect"]);
    expect(got).toEqual(["Bearer"]);
  });

  test("sends no token to a different server at the address", async () => {
    const outcomes = await probeServer({
      ...runOf(farm.targets[1], { protocols: ["ews"] }),
      target: { ...targetOf(farm.targets[1]?.port ?? 0), name: "EX01" },
    });
    expect(outcomes.map(({ reason }) => reason)).toEqual(["other_server", "other_server"]);
  });

  test.each<[string, { close: boolean; quietly: boolean }, number]>([
    ["that keeps connections gets one per public name", { close: false, quietly: false }, 2],
    ["that closes each connection after its answer gets one per request", { close: true, quietly: false }, 9],
    ["that closes a kept connection silently gets the request again", { close: false, quietly: true }, 9],
  ])("a server %s", async (_, { close, quietly }, connections) => {
    const ids = new Set<unknown>();
    const server = createServer({ cert: tls.certificate, key: tls.key }, (request, response) => {
      ids.add(request.socket);
      const headers = [
        "X-FEServer",
        "EX01",
        "WWW-Authenticate",
        'Bearer authorization_uri="https://login.windows.net/"',
      ];
      response.writeHead(401, [...headers, ...(close ? ["Connection", "close"] : [])]).end();
      if (quietly) response.once("close", () => request.socket.destroy());
    });
    const { protocols } = farm.settings;
    const outcomes = await probeServer(runOf(targetOf(await portOf(server)), { trust, protocols }));
    expect(outcomes.filter(({ probe }) => probe === "challenge").map(({ verdict }) => verdict)).toEqual(
      protocols.map(() => "offered"),
    );
    expect(outcomes.map(({ seconds }) => Object.keys(seconds))).toEqual(
      outcomes.map(() => ["connect", "tls", "processing"]),
    );
    expect(ids.size).toBe(connections);
  });
});
