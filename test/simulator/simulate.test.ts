import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import type { SimulatedLine } from "../../src/simulator/lines/log-book.ts";
import { BARE_PLAN, type SimulationPlan } from "../../src/simulator/plan.ts";
import { simulate, startSimulation, truth } from "../../src/simulator/simulate.ts";
import { planOf } from "./small-plan.ts";
import { HOUR_MS } from "../../src/model/durations.ts";

function hashOf(plan: SimulationPlan): string {
  const hash = createHash("sha256");
  for (const { atMs, server, path, header, text, encoding } of simulate(plan))
    hash.update(JSON.stringify([atMs, server, path, header, text, encoding]));
  return hash.update(JSON.stringify(truth(plan))).digest("hex");
}

describe("simulate()", () => {
  test("returns the same farm for the same plan, byte for byte", () => {
    const plan = planOf("stale-keys-reboot");
    expect(hashOf(plan)).toBe(hashOf({ ...plan }));
  });

  test("returns a different farm for a different seed", () => {
    const plan = planOf("stale-keys-crash");
    expect(hashOf({ ...plan, seed: plan.seed + 1 })).not.toBe(hashOf(plan));
  });

  test("does not change the everyday traffic of other servers when a scenario is added", () => {
    const of = (plan: SimulationPlan): string[] =>
      [...simulate(plan)]
        .filter(({ server, path }) => server === "EX02" && path.endsWith("httperr1.log"))
        .map(({ text }) => text);
    const plan = planOf("stale-keys-crash");
    expect(of(plan)).toEqual(of({ ...plan, scenarios: [] }));
  });

  test("returns lines in order of time, each file in its own order, within the plan's time", () => {
    const plan = planOf("stale-keys-maintenance");
    let lastMs = plan.startMs;
    let early = 0;
    for (const { atMs } of simulate(plan)) {
      if (atMs < lastMs) early += 1;
      lastMs = atMs;
    }
    expect(early).toBe(0);
    expect(lastMs).toBeLessThan(plan.startMs + plan.durationMs + 60_000);
  });

  test("names files by hour and by day, and writes the same header for every line of a file", () => {
    const headers = new Map<string, string>();
    for (const line of simulate({ ...BARE_PLAN, durationMs: 2 * HOUR_MS, requestsPerSecond: 0.2 })) {
      const file = `${line.server}/${line.path}`;
      if (headers.has(file) && headers.get(file) !== line.header) throw new Error(`Two headers: ${file}`);
      headers.set(file, line.header);
    }
    expect([...headers.keys()]).toEqual(
      expect.arrayContaining([
        "EX01/LogFiles/W3SVC1/u_ex261123.log",
        "EX01/LogFiles/W3SVC2/u_ex261123.log",
        "EX02/LogFiles/HTTPERR/httperr1.log",
        "EX01/Logging/HttpProxy/Mapi/HttpProxy_2026112307-1.LOG",
        "EX01/Logging/HttpProxy/Mapi/HttpProxy_2026112308-1.LOG",
        "EX01/Logging/Ews/Ews_2026112307-1.LOG",
        "EX01/Logging/MapiHttp/Mailbox/MapiHttp_2026112307-1.LOG",
        "EX01/events/system.xml",
      ]),
    );
  });

  test("writes the IIS header again after a restart", () => {
    const again = [...simulate(planOf("stale-keys-maintenance"))].filter(
      ({ path, text }) => path.includes("W3SVC") && text.startsWith("#Software"),
    );
    expect(again.map(({ path }) => path)).toEqual(["LogFiles/W3SVC1/u_ex261123.log", "LogFiles/W3SVC2/u_ex261123.log"]);
  });

  test("streams: a farm of a hundred years starts at once", () => {
    const lines: SimulatedLine[] = [];
    for (const line of simulate({ ...BARE_PLAN, durationMs: 100 * 365 * 24 * HOUR_MS }))
      if (lines.push(line) === 1_000) break;
    expect(lines).toHaveLength(1_000);
  });

  test("needs no more memory in the last hour than in the first", () => {
    const simulation = startSimulation({ ...BARE_PLAN, servers: 1, requestsPerSecond: 0.3, durationMs: 6 * HOUR_MS });
    const mostByHour = new Array<number>(6).fill(0);
    for (const { atMs } of simulation.lines) {
      const hour = Math.min(5, Math.floor((atMs - BARE_PLAN.startMs) / HOUR_MS));
      mostByHour[hour] = Math.max(mostByHour[hour] ?? 0, simulation.held());
    }
    for (const most of mostByHour) expect(most).toBeLessThan(150);
  });

  test("has the noise that the plan requests", () => {
    const noise = [...simulate({ ...BARE_PLAN, servers: 1, noiseShare: 0.8, requestsPerSecond: 0.5 })].filter(
      ({ path, text }) =>
        path.includes("W3SVC1") &&
        (text.includes(" ::1 ") ||
          text.includes(" 127.0.0.1 ") ||
          text.includes(" fe80") ||
          text.includes("healthcheck")),
    );
    // 0.5 user actions a second cause 2 probes a second.
    expect(noise.length / 7_200).toBeGreaterThan(1.8);
    expect(noise.length / 7_200).toBeLessThan(2.2);
  });

  test("contains only example and private addresses, and no real names", () => {
    const addresses = new Set<string>();
    const domains = new Set<string>();
    for (const { text } of simulate(planOf("junk-tokens"))) {
      for (const [address] of text.matchAll(/(?<![\d.v])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\d.])/g))
        addresses.add(address);
      for (const [, domain] of text.matchAll(/[\w.]+@([a-z][\w-]*\.[\w.-]*[a-z])/g)) domains.add(domain ?? "");
    }
    expect([...domains]).toEqual(["contoso.example"]);
    const odd = [...addresses].filter(
      (address) =>
        !/^(10\.|127\.0\.0\.1|172\.(1[6-9]|2\d|3[01])\.|192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|131\.0\.0\.0|15\.|16\.0\.|0\.0\.0\.0|8\.1\.)/.test(
          address,
        ),
    );
    expect(odd).toEqual([]);
  });
});
