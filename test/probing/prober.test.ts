import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { entryOf } from "../../src/probe/probe-book.ts";
import { createProber, type Prober, type ProberOptions } from "../../src/probing/prober.ts";
import { FakeClock } from "./fake-clock.ts";
import { authorityKey, fakeOrganisation, type FakeOrganisation } from "./fixture.ts";
import { MINUTE_MS } from "../../src/model/durations.ts";

let farm: FakeOrganisation;
beforeAll(async () => {
  farm = await fakeOrganisation(["EX01", "EX02", "EX03"]);
});
afterAll(() => farm.close());

function proberOf(clock: FakeClock, change: Partial<ProberOptions> = {}): Prober {
  return createProber({
    settings: { ...farm.settings, protocols: ["ews"] },
    targets: farm.targets,
    tokens: farm.tokens,
    everyMs: MINUTE_MS,
    atOnce: 2,
    clock,
    ...change,
  });
}

describe("createProber()", () => {
  test("probes every server once per interval, spread over the interval", async () => {
    const clock = new FakeClock(farm.nowMs);
    const runs: string[] = [];
    const prober = proberOf(clock, { onRun: ([first]) => runs.push(first?.server ?? "") });
    prober.start();
    expect(clock.waits()).toEqual([30_000, 30_000, 30_000]);
    for (let round = 1; round <= 3; round++) {
      clock.advance(MINUTE_MS);
      while (clock.waits().length < 3) await clock.paused();
      expect(runs.toSorted()).toEqual(
        ["EX01", "EX02", "EX03"].flatMap((name) => Array.from({ length: round }, () => name)),
      );
    }
    await prober.stop();
  });

  test("probes an unreachable server less and less often, without effect on the others", async () => {
    const clock = new FakeClock(farm.nowMs);
    const [first] = farm.targets;
    if (first === undefined) throw new Error("Cannot test: no target");
    const prober = proberOf(clock, { targets: [{ ...first, port: 1 }, ...farm.targets.slice(1)] });
    prober.start();
    const waits: number[] = [];
    clock.advance(30_000);
    for (let round = 0; round < 6; round++) {
      while (clock.waits().length < 3) await clock.paused();
      waits.push(clock.waits().at(-1) ?? 0);
      clock.advance(clock.waits().at(-1) ?? 0);
    }
    expect(waits).toEqual([1, 2, 4, 8, 10, 10].map((minutes) => minutes * MINUTE_MS));
    const about = { protocol: "ews", probe: "token" } as const;
    expect(entryOf(prober.book(), "EX01", about)?.last.verdict).toBe("unreachable");
    expect(entryOf(prober.book(), "EX02", about)?.last.verdict).toBe("accepted");
    await prober.stop();
  });

  test("probes a server with a new worker at once", async () => {
    const clock = new FakeClock(farm.nowMs);
    const { promise, resolve } = Promise.withResolvers<string>();
    const prober = proberOf(clock, { onRun: ([one]) => resolve(one?.server ?? "") });
    prober.start();
    prober.hurry("ex02");
    expect(await promise).toBe("EX02");
    await prober.stop();
  });

  test("shares one run among simultaneous requests for a server; a server that is not configured has none", async () => {
    const prober = proberOf(new FakeClock(farm.nowMs));
    farm.seen.length = 0;
    const how = { challengeOnly: true };
    const [one, two] = await Promise.all([prober.runNow("EX01", how), prober.runNow("ex01", how)]);
    expect(one).toBe(two);
    expect(farm.seen).toHaveLength(1);
    expect(prober.runNow("10.0.0.1", how)).toBeNull();
    await prober.stop();
  });

  test("keeps the last failure across good runs, and since when a verdict has lasted", async () => {
    const prober = proberOf(new FakeClock(farm.nowMs));
    const about = { protocol: "ews", probe: "token" } as const;
    const entry = (): ReturnType<typeof entryOf> => entryOf(prober.book(), "EX03", about);
    const how = { challengeOnly: false };
    const before = farm.nowMs;
    farm.published.push(await authorityKey("KEY2"));
    farm.frontEnds.get("EX03")?.recycle("MSExchangeServicesAppPool");
    await prober.runNow("EX03", how);
    farm.nowMs += MINUTE_MS;
    await prober.runNow("EX03", how);
    expect(entry()).toMatchObject({ last: { verdict: "refused_keys" }, sinceMs: before });
    farm.nowMs += 30 * MINUTE_MS;
    await prober.runNow("EX03", how);
    expect(entry()).toMatchObject({ last: { verdict: "accepted" }, lastFailure: { verdict: "refused_keys" } });
    await prober.stop();
  });
});
