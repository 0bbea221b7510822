import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { runCommandLine } from "../../src/commands/command-line.ts";
import { askUntil } from "../../src/commands/probe.ts";
import { probeGate } from "../../src/daemon/probe/probe-gate.ts";
import { probeOnce } from "../../src/daemon/probe/probe-once.ts";
import type { Probes } from "../../src/daemon/probe/probes.ts";
import { createProbeLearner } from "../../src/daemon/probe/probe-learner.ts";
import { isGood, type ProbeOutcome } from "../../src/model/probe/probe.ts";
import { MINUTE_MS } from "../../src/model/durations.ts";
import { createProber, type Prober } from "../../src/probing/prober.ts";
import { FakeClock } from "../probing/fake-clock.ts";
import { authorityKey, fakeOrganisation, type FakeOrganisation } from "../probing/fixture.ts";

const GRACE_MS = 35 * MINUTE_MS;
let farm: FakeOrganisation;
let prober: Prober;
let clock: FakeClock;
let probes: Probes;
beforeAll(async () => {
  farm = await fakeOrganisation(["EX01", "EX02"]);
  clock = new FakeClock(farm.nowMs);
  const { settings, targets, tokens } = farm;
  prober = createProber({ settings, targets, tokens, everyMs: MINUTE_MS, atOnce: 4, clock });
  probes = {
    prober,
    hasTokens: true,
    protocols: settings.protocols,
    credentialNotAfterMs: () => null,
    close: () => prober.stop(),
  };
});
afterAll(async () => {
  await prober.stop();
  await farm.close();
});

describe("a roll-over and the recycle of a drained server", () => {
  test("the probe reports old keys, warm-up heals the worker, the gate opens, and no client is refused", async () => {
    const pass = async (ms: number): Promise<void> => {
      clock.ms += ms;
      farm.nowMs = clock.ms;
      await prober.runNow("EX02", { challengeOnly: false });
    };
    let recycledMs: number | null = null;
    const gate = (protocol: "ews" | "mapi") =>
      probeGate(
        { book: prober.book(), hasTokens: true },
        { server: "EX02", protocol },
        { nowMs: clock.ms, graceMs: GRACE_MS, newSinceMs: recycledMs, missingKeys: 1, hasServed: false },
      );
    await pass(0);
    expect(gate("ews")).toBeNull();

    farm.published.push(await authorityKey("KEY2"));
    for (const pool of ["MSExchangeServicesAppPool", "MSExchangeMapiFrontEndAppPool"] as const)
      farm.frontEnds.get("EX02")?.recycle(pool);
    recycledMs = clock.ms;
    expect(gate("ews")).toMatchObject({ accepts: false, because: expect.stringContaining("first probe") });

    await pass(1_000);
    expect(gate("ews")).toMatchObject({ accepts: false, because: expect.stringContaining("does not hold the key") });
    // The empty Bearer token started the clock of the app pool that an application token cannot prove.
    expect(farm.frontEnds.get("EX02")?.worker("MSExchangeMapiFrontEndAppPool").refreshAtMs).toBe(
      clock.ms + farm.delayMs,
    );

    await pass(farm.delayMs);
    expect(gate("ews")).toEqual({ accepts: true, because: "the probe's token was accepted" });

    const clients = await farm.token();
    const { default: https } = await import("node:https");
    const status = await new Promise<number>((resolve) => {
      const request = https.get({
        host: "127.0.0.1",
        port: farm.targets[1]?.port,
        servername: "mail.contoso.example",
        headers: { Host: "mail.contoso.example", Authorization: `Bearer ${clients}` },
        path: "/EWS/Exchange.asmx",
        agent: false,
        rejectUnauthorized: false,
      });
      request.once("response", (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
    });
    // The client's token has no role either, so it is refused for that after its signature was accepted.
    expect(status).toBe(401);
    const refusedClients = farm.seen.filter(({ server, userAgent }) => server === "EX02" && userAgent === "");
    expect(refusedClients).toHaveLength(1);
  });
});

describe("probeGate()", () => {
  const facts = { nowMs: 0, graceMs: GRACE_MS, newSinceMs: null, missingKeys: null, hasServed: false };
  test("holds nothing back without a token probe, or for a protocol that it cannot prove", () => {
    const book = prober.book();
    expect(probeGate({ book, hasTokens: false }, { server: "EX02", protocol: "ews" }, facts)).toBeNull();
    expect(probeGate({ book, hasTokens: true }, { server: "EX02", protocol: "mapi" }, facts)).toBeNull();
    expect(probeGate({ book, hasTokens: true }, { server: "EX02", protocol: "powershell" }, facts)).toBeNull();
  });

  test("opens after the maximum time, whatever the probe reports", async () => {
    farm.frontEnds.get("EX01")?.recycle("MSExchangeServicesAppPool");
    await prober.runNow("EX01", { challengeOnly: false });
    const about = { server: "ex01", protocol: "ews" } as const;
    const at = (nowMs: number) => probeGate({ book: prober.book(), hasTokens: true }, about, { ...facts, nowMs });
    expect(at(clock.ms)?.accepts).toBe(false);
    expect(at(clock.ms + GRACE_MS)?.accepts).toBe(true);
  });

  test("opens for a new worker if no key is missing in AD", () => {
    const about = { server: "EX09", protocol: "ews" } as const;
    const news = { ...facts, nowMs: 1_000, newSinceMs: 500 };
    const probe = { book: prober.book(), hasTokens: true };
    expect(probeGate(probe, about, { ...news, missingKeys: 0 })?.accepts).toBe(true);
    expect(probeGate(probe, about, { ...news, missingKeys: 1 })?.accepts).toBe(false);
    expect(probeGate(probe, about, { ...news, missingKeys: 1, hasServed: true })).toBeNull();
  });
});

describe("probeOnce()", () => {
  test("refuses servers that are not configured", async () => {
    const call = { target: "EX01", module: "token", budgetMs: 5_000 } as const;
    expect(await probeOnce(null, call)).toMatchObject({ kind: "refused" });
    expect(await probeOnce({ ...probes, hasTokens: false }, call)).toMatchObject({ kind: "refused" });
    expect(await probeOnce(probes, { ...call, target: "127.0.0.1" })).toMatchObject({ kind: "refused" });
  });

  test("answers in time if the server does not", async () => {
    const stuck: Prober = { ...prober, runNow: () => new Promise(() => undefined) };
    const reply = await probeOnce({ ...probes, prober: stuck }, { target: "EX01", module: "token", budgetMs: 1 });
    const values = reply.kind === "values" ? reply.values : [];
    const successes = values.filter(({ metric }) => metric === "hma_probe_success");
    expect(successes).toHaveLength(9);
    expect(successes.every((value) => value.kind === "value" && value.value === 0)).toBe(true);
  });
});

describe("createProbeLearner()", () => {
  test("passes on each result once", async () => {
    const learned: ProbeOutcome[][] = [];
    const learn = createProbeLearner({
      probes: { current: () => ({ prober }) },
      organisation: { learnProbed: (news) => learned.push([...news.outcomes]) },
    });
    learn();
    const [before] = learned.splice(0);
    expect(before).toHaveLength(18);
    learn();
    expect(learned).toEqual([]);
    await prober.runNow("EX02", { challengeOnly: true });
    learn();
    expect(learned.map((news) => news.map(({ server, probe }) => `${server} ${probe}`))).toEqual([
      Array.from({ length: 6 }, () => "EX02 challenge"),
    ]);
  });
});

describe("askUntil()", () => {
  test("repeats the probe until the token is accepted", async () => {
    farm.frontEnds.get("EX01")?.recycle("MSExchangeServicesAppPool");
    farm.nowMs = clock.ms;
    const before = clock.ms;
    const waiting = askUntil(prober, ["EX01"], {
      clock: {
        ...clock,
        random: clock.random,
        now: clock.now,
        pause: (ms) => {
          clock.ms += ms;
          farm.nowMs = clock.ms;
          return Promise.resolve();
        },
      },
      untilMs: before + GRACE_MS,
      isEnough: (outcomes) => outcomes.every(isGood),
      signal: new AbortController().signal,
      monotonicMs: () => clock.ms,
    });
    expect((await waiting).every(isGood)).toBe(true);
    expect(clock.ms - before).toBe(farm.delayMs);
  });
});

describe("hma-exporter probe", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hma-probe-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function run(args: readonly string[], config: string): Promise<{ code: number; text: string }> {
    const file = join(folder, "config.yaml");
    await writeFile(file, config);
    const written: string[] = [];
    const { write } = process.stdout;
    const { write: writeError } = process.stderr;
    process.stdout.write = (text: unknown) => written.push(String(text)) > 0;
    process.stderr.write = (text: unknown) => written.push(String(text)) > 0;
    try {
      return { code: await runCommandLine(["probe", ...args, "--config.file", file]), text: written.join("") };
    } finally {
      process.stdout.write = write;
      process.stderr.write = writeError;
    }
  }
  const configOf = (more = ""): string =>
    `probe:\n  namespace: mail.contoso.example\n  autodiscover: autodiscover.contoso.example\n  caFile: ` +
    `${join(folder, "ca.pem")}\n${more}` +
    `  servers:\n${farm.targets.map(({ name, port }) => `    - { name: ${name}, address: "127.0.0.1:${port}" }\n`).join("")}`;

  test("prints a table, and exits with 0 if everything is good", async () => {
    await writeFile(join(folder, "ca.pem"), farm.certificate);
    const { code, text } = await run(["ex01"], configOf());
    expect(text).toContain(
      "EX01    mapi          challenge  offered  401     -          Bearer is offered with a valid authority",
    );
    expect(text).toContain("All verdicts are good");
    expect(code).toBe(0);
  });

  test.each([
    {
      args: ["EX09"],
      more: "",
      code: 2,
      text: 'Cannot probe "EX09": one of the configured servers EX01, EX02 is expected',
    },
    {
      args: ["--wait", "accepted"],
      more: "",
      code: 2,
      text: "Cannot wait for accepted: without probe.token no token is sent",
    },
    { args: ["--timeout", "1m"], more: "", code: 2, text: "Cannot use --timeout without --wait" },
    { args: ["--wait", "offered", "--timeout", "soon"], more: "", code: 2, text: 'Cannot use --timeout "soon"' },
    { args: [], more: "  evry: 1m\n", code: 2, text: "probe.evry: found a key that does not exist" },
    {
      args: [],
      more: "  token: { authority: 'https://localhost:1', clientId: '00000000-0000', secretFile: /gone }\n",
      code: 2,
      text: "probe.token.secretFile",
    },
  ])("$args with $more exits with $code", async ({ args, more, code, text }) => {
    const ended = await run(args, configOf(more));
    expect(ended.text).toContain(text);
    expect(ended.code).toBe(code);
  });

  test("an unusable certificate file is a usage error", async () => {
    expect(await run([], configOf().replace("ca.pem", "gone.pem"))).toEqual({
      code: 2,
      text: expect.stringContaining("allowed is a file of certificates in PEM"),
    });
  });

  test("a configuration without the key probe is a usage error", async () => {
    expect(await run([], "log: { level: warn }\n")).toEqual({
      code: 2,
      text: expect.stringContaining('the configuration has no "probe" key'),
    });
  });

  test("exits with 1 for a server that does not offer Bearer", async () => {
    const dead = configOf().replace(/127\.0\.0\.1:\d+/, "127.0.0.1:1");
    const { code, text } = await run(["EX01", "--format", "json"], dead);
    expect(code).toBe(1);
    expect(text).toContain('"verdict": "unreachable"');
  });
});
