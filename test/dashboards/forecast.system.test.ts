import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasTool, runTool } from "../alerts/run-tool.ts";
import { panelsOf, readBoards, targetsOf } from "./board-files.ts";
import { runTarget } from "./grafana-query.ts";
import { queryInstant, startPrometheus, type Prometheus } from "./prometheus.ts";
import { isOfStrangers } from "../../src/model/label-values.ts";
import { PROGRAM } from "../program.ts";

const FROM = Date.UTC(2026, 10, 1) / 1000;
const DAYS = 20;
const TO = FROM + DAYS * 86_400;
const FORECAST = "Bearer requests per day: now, and forecast from the last four weeks";

const describeWithPrometheus = hasTool("prometheus") && hasTool("promtool") ? describe : describe.skip;

/** Twenty days of constant traffic with an incident of users and one of strangers; the values of the capacity dashboard are known. */
describeWithPrometheus("the capacity dashboard over twenty days of constant traffic", () => {
  const board = readBoards().get("hma-capacity.json")!;
  let folder: string;
  let prometheus: Prometheus;
  let report: {
    readonly summary: {
      readonly refusals: number;
      readonly users: { readonly clientMinutes: number };
      readonly strangers: { readonly clientMinutes: number; readonly loopRefusals: number };
    };
    readonly loops: readonly { readonly start: string; readonly end: string | null; readonly category: string }[];
  };
  let perDay: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hma-forecast-"));
    const farm = join(folder, "farm");
    const history = join(folder, "history.om");
    const json = join(folder, "report.json");
    await exporter(
      ...["simulate", farm, "--servers", "2", "--duration", `${DAYS}d`, "--start", new Date(FROM * 1000).toISOString()],
      ...["--rate", "0.01", "--noise", "0", "--clients", "10", "--scenario", "stale-keys-crash", "unknown-user"],
    );
    await exporter(
      ...["analyze", farm, "--openmetrics", history, "--openmetrics.step", "5m", "--openmetrics.job", "hma"],
      ...["--format", "json", "--output", json],
    );
    report = JSON.parse(await readFile(json, "utf8"));
    const { code, stderr } = await runTool("promtool", [
      ...["tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=768h", "-q"],
      history,
      join(folder, "data"),
    ]);
    expect([code, stderr]).toEqual([0, ""]);
    prometheus = await startPrometheus(folder);
    const total = await queryInstant(
      prometheus.url,
      'sum(last_over_time(hma_requests_total{scheme="bearer", result!="challenge"}[1h]))',
      TO,
    );
    perDay = Number(total[0]?.values[0]?.[1]) / DAYS;
  }, 600_000);

  afterAll(async () => {
    await prometheus.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Sum of a panel's column over protocols or servers. */
  async function figure(title: string, refId: string): Promise<number> {
    const panel = panelsOf(board).find((one) => one.title === title)!;
    const target = targetsOf(panel).find((one) => one.refId === refId)!;
    const answer = await runTarget(prometheus.url, { panel, target }, { from: FROM, to: TO, instance: ".+" });
    return answer.reduce((sum, { values }) => sum + Number(values.at(-1)?.[1]), 0);
  }

  test("shows the requests per day", async () => {
    expect((await figure(FORECAST, "A")) / perDay).toBeCloseTo(1, 0.8);
  });

  // For one month, the error of the slope is a few hundredths of the traffic, for three months about a tenth.
  test.each([
    ["in 30 days", "C", 0.25],
    ["in 90 days", "D", 0.5],
  ])("predicts the same traffic %s", async (_, refId, tolerance) => {
    expect(Math.abs((await figure(FORECAST, refId)) / perDay - 1)).toBeLessThan(tolerance);
  });

  test("shows no change from week to week for constant traffic", async () => {
    const panel = panelsOf(board).find((one) => one.title === FORECAST)!;
    const target = targetsOf(panel).find((one) => one.refId === "B")!;
    const answer = await runTarget(prometheus.url, { panel, target }, { from: FROM, to: TO, instance: ".+" });
    expect(answer.length).toBeGreaterThan(0);
  });

  test("draws each day's bar on its own day, today's included", async () => {
    const panel = panelsOf(board).find((one) => one.title === "Refused per day, by server")!;
    const [users] = targetsOf(panel);
    // In the middle of the twentieth day.
    const look = { from: FROM, to: TO - 43_200, instance: ".+" };
    const bars = new Map<number, number>();
    for (const { values } of await runTarget(prometheus.url, { panel, target: users! }, look))
      for (const [at, value] of values) bars.set(at, (bars.get(at) ?? 0) + Number(value));
    const dayOf = (instant: string): number => Math.floor(Date.parse(instant) / 86_400_000) * 86_400;
    const ofUsers = report.loops.filter(({ category }) => !isOfStrangers(category));
    const days = new Set(ofUsers.flatMap(({ start, end }) => [start, end ?? start]).map(dayOf));
    // The users' incident is within one day.
    expect(days.size).toBe(1);
    for (const [at, value] of bars) expect([at, value > 1]).toEqual([at, days.has(at)]);
    expect(Math.max(...bars.keys())).toBe(TO - 86_400);
  });

  test("counts the same refusals and lost minutes as the report", async () => {
    const { refusals, users, strangers } = report.summary;
    expect(strangers.clientMinutes).toBeGreaterThan(1);
    expect((await figure("Users refused", "A")) / (refusals - strangers.loopRefusals)).toBeCloseTo(1, 1.5);
    expect((await figure("Client-minutes", "A")) / users.clientMinutes).toBeCloseTo(1, 1.5);
  });
});

/** Four weeks with quiet weekends; each week, the traffic grows by a fifth of the first week's. */
describeWithPrometheus("the capacity dashboard over four weeks of working days and weekends", () => {
  const board = readBoards().get("hma-capacity.json")!;
  const WEEKDAY = 24_000;
  const WEEKEND = 4_000;
  const MEAN = (5 * WEEKDAY + 2 * WEEKEND) / 7;
  let folder: string;
  let prometheus: Prometheus;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hma-weeks-"));
    const history = join(folder, "history.om");
    await writeFile(history, [...counters("ews", 0), ...counters("mapi", 0.2), "# EOF", ""].join("\n"));
    const { code, stderr } = await runTool("promtool", [
      ...["tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=768h", "-q"],
      history,
      join(folder, "data"),
    ]);
    expect([code, stderr]).toEqual([0, ""]);
    prometheus = await startPrometheus(folder);
  }, 120_000);

  afterAll(async () => {
    await prometheus.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Counter samples of one protocol's requests, twelve per hour. */
  function* counters(protocol: string, growth: number): Generator<string> {
    if (growth === 0) yield "# TYPE hma_requests counter";
    const labels = `{job="hma",instance="EX01",scheme="bearer",result="success",protocol="${protocol}"}`;
    let total = 0;
    for (let at = FROM; at <= FROM + 28 * 86_400; at += 300) {
      yield `hma_requests_total${labels} ${total} ${at}`;
      const weekday = new Date(at * 1000).getUTCDay();
      const daily = weekday === 0 || weekday === 6 ? WEEKEND : WEEKDAY;
      total += Math.round((daily * (1 + (growth * (at - FROM)) / (7 * 86_400)) * 300) / 86_400);
    }
  }

  /** The value for a protocol after `days` days, as a multiple of the mean of a day of constant traffic. */
  async function figure(refId: string, protocol: string, days: number): Promise<number | null> {
    const panel = panelsOf(board).find(({ title }) => title === FORECAST)!;
    const target = targetsOf(panel).find((one) => one.refId === refId)!;
    const to = FROM + days * 86_400;
    const answer = await runTarget(prometheus.url, { panel, target }, { from: FROM, to, instance: ".+" });
    const found = answer.find(({ metric }) => metric["protocol"] === protocol);
    return found === undefined ? null : Number(found.values.at(-1)?.[1]) / MEAN;
  }

  // On any day of the week.
  test.each([18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28])("predicts the future requests, on day %i", async (day) => {
    for (const [refId, ahead] of [
      ["C", 30],
      ["D", 90],
    ] as const) {
      expect(await figure(refId, "ews", day)).toBeCloseTo(1, 1);
      expect((await figure(refId, "mapi", day))! / (1 + (0.2 * (day + ahead)) / 7)).toBeCloseTo(1, 1);
    }
  });

  test("predicts nothing before two weeks of full days", async () => {
    expect(await figure("C", "ews", 13.9)).toBeNull();
    expect(await figure("A", "ews", 13.9)).not.toBeNull();
  });
});

async function exporter(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await runTool(process.execPath, [PROGRAM, ...args]);
  if (code !== 0) throw new Error(`Cannot run ${args[0] ?? ""}: ${stderr}`);
}
