import { plural } from "../model/text/counted.ts";
import { isScenarioName, SCENARIOS, type ScenarioName } from "../simulator/scenarios/index.ts";
import { planFarm, PlanError, SCENARIO_LEAD_MS } from "../simulator/plan-farm.ts";
import type { SimulationPlan } from "../simulator/plan.ts";
import { parseDuration } from "../model/durations.ts";
import { DONE, UsageError } from "../daemon/exit-codes.ts";
import { instantOf, numberOf, wholeNumberOf } from "./flag-values.ts";
import { serverNamesOf } from "../simulator/simulate.ts";
import type { SimulatedTruth } from "../simulator/truth/truth-keeper.ts";
import { openLiveFrontEnds } from "./simulated/live-front-ends.ts";
import { FarmFolderError, runLive, writeFarm } from "./simulate-farm.ts";

type SimulateFlags = Readonly<Record<string, string | string[] | boolean>>;

/** Time from the start of a live farm to its first scenario. */
const FIRST_SCENARIO_MS = 10_000;

/** `hma-exporter simulate`: writes a farm and its truth.json. */
export async function simulate(folder: string, flags: SimulateFlags): Promise<number> {
  if (folder === "list" || [flags["scenario"]].flat().includes("list")) {
    process.stdout.write(
      `${Object.entries(SCENARIOS)
        .map(([name, { description }]) => `${name.padEnd(34)} ${description}`)
        .join("\n")}\n`,
    );
    return DONE;
  }
  if (flags["frontEnd"] !== undefined && flags["live"] !== true)
    throw new UsageError("Cannot start front ends without --live: only a farm that is simulated live has front ends");
  const plan = planOf(flags);
  const interrupt = new AbortController();
  process.once("SIGINT", () => {
    interrupt.abort();
  });
  process.once("SIGTERM", () => {
    interrupt.abort();
  });
  try {
    const truth =
      flags["live"] === true
        ? await simulateLive(folder, plan, { flags, signal: interrupt.signal })
        : await writeFarm(folder, plan, interrupt.signal);
    process.stdout.write(
      `${folder}: ${plural(truth.servers.length, "server")}, ${plural(truth.incidents.length, "incident")}, ` +
        `${plural(truth.loops.length, "loop")}; the truth is in truth.json\n`,
    );
    return DONE;
  } catch (error) {
    if (error instanceof FarmFolderError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

interface LiveCall {
  readonly flags: SimulateFlags;
  readonly signal: AbortSignal;
}

async function simulateLive(
  folder: string,
  plan: SimulationPlan,
  { flags, signal }: LiveCall,
): Promise<SimulatedTruth> {
  const speed = numberOf("--speed", String(flags["speed"] ?? "1"), { from: 0.1, to: 3600 });
  const begunMs = Date.now();
  const { frontEnd } = flags;
  const frontEnds =
    typeof frontEnd === "string"
      ? await openLiveFrontEnds({
          servers: serverNamesOf(plan),
          now: () => begunMs + (Date.now() - begunMs) * speed,
          farm: folder,
          folder: frontEnd,
        })
      : null;
  try {
    return await runLive(folder, plan, {
      ...frontEnds?.hooks,
      speed,
      signal,
      now: Date.now,
      onHistoryWritten: () => {
        process.stdout.write(`${liveText(folder, plan)}\n`);
        if (frontEnds !== null)
          process.stdout.write(`  front ends: hma-exporter serve --config.file ${frontEnds.configFile} probes them\n`);
      },
    });
  } finally {
    await frontEnds?.close();
  }
}

/** Which scenarios run from now on, and when. Times are those of the farm's clock, which runs ahead with a speed above 1. */
function liveText(folder: string, plan: SimulationPlan): string {
  const at = (ms: number): string => new Date(ms).toISOString().slice(0, 19);
  const scenarios = plan.scenarios.map(
    ({ name, afterMs, server }) =>
      `  ${at(plan.startMs + afterMs)}  ${name} on EX${String(server + 1).padStart(2, "0")}: ${SCENARIOS[name].description}`,
  );
  return [
    `${folder}: the logs until now are written, and rows are added until ` +
      `${at(plan.startMs + plan.durationMs)}; Ctrl-C ends it before. All times are UTC`,
    ...(scenarios.length === 0 ? ["  no scenario: nothing but everyday requests"] : scenarios),
  ].join("\n");
}

function planOf(flags: SimulateFlags): SimulationPlan {
  try {
    return planFarm(wishesOf(flags));
  } catch (error) {
    if (error instanceof PlanError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function wishesOf(flags: SimulateFlags): Parameters<typeof planFarm>[0] {
  const text = (name: string): string | null => (typeof flags[name] === "string" ? flags[name] : null);
  const nowMs = Date.now();
  const start = text("start");
  const duration = text("duration");
  const durationMs = duration === null ? null : parseDuration(duration);
  if (duration !== null && (durationMs === null || durationMs < 60_000))
    throw new UsageError(`Cannot read --duration "${duration}": a duration of 1m or more, such as 24h, is expected`);
  return {
    seed: wholeNumberOf("--seed", text("seed") ?? "1", { from: 0, to: 4_294_967_295 }),
    startMs:
      start === null ? usualStart(flags["live"] === true, durationMs, nowMs) : instantOf("--start", start, nowMs),
    scenarios: scenarioNames([flags["scenario"] ?? []].flat().filter((name) => typeof name === "string")),
    servers: optional("servers", { from: 1, to: 1000 }),
    durationMs,
    requestsPerSecond:
      text("rate") === null ? null : numberOf("--rate", text("rate") ?? "", { from: 0.001, to: 100_000 }),
    clients: optional("clients", { from: 1, to: 1_000_000 }),
    noiseShare: text("noise") === null ? null : numberOf("--noise", text("noise") ?? "", { from: 0, to: 0.999 }),
  };
  function optional(name: string, bounds: { readonly from: number; readonly to: number }): number | null {
    const given = text(name);
    return given === null ? null : wholeNumberOf(`--${name}`, given, bounds);
  }
}

/**
 * A live farm starts with its normal traffic in the past, so that the first scenario begins soon. Any other farm ends with the last full
 * hour.
 */
function usualStart(isLive: boolean, durationMs: number | null, nowMs: number): number {
  return isLive ? nowMs - SCENARIO_LEAD_MS + FIRST_SCENARIO_MS : startOfHour(nowMs) - (durationMs ?? 24 * 3_600_000);
}

function scenarioNames(names: readonly string[]): ScenarioName[] {
  return names.map((name) => {
    if (isScenarioName(name)) return name;
    throw new UsageError(`Cannot simulate "${name}": one of ${Object.keys(SCENARIOS).join(", ")} is expected`);
  });
}

function startOfHour(atMs: number): number {
  return Math.floor(atMs / 3_600_000) * 3_600_000;
}
