import { setTimeout } from "node:timers/promises";
import { DRILLS } from "./drills.ts";
import type { DrillName } from "./drills.ts";
import { startOrganisation } from "./organisation.ts";
import { answersOf } from "./page-answers.ts";
import { drillPlan } from "./plans.ts";
import { exposedSnapshots, healthySnapshots } from "./snapshots.ts";
import { AS_SHIPPED, FAST, startStage } from "./stage.ts";
import { watchTimeline } from "./timeline.ts";
import type { DrillEvent } from "./timeline.ts";
import { MINUTE_MS } from "../../../src/model/durations.ts";

export interface DrillOptions {
  readonly scenario: DrillName;
  /** Uses rules and routes with seconds instead of minutes. */
  readonly isFast: boolean;
  /** Continues until the page is resolved. */
  readonly untilOver: boolean;
  readonly signal: AbortSignal;
  /** Prints a line. */
  readonly say: (line: string) => void;
}

/** Maximum time from the first refused token to the page. */
const LIMIT_MS = 2 * MINUTE_MS;
/** Start of the scenario after the start of the drill: by then everything runs and has been scraped. */
const WARM_UP_MS = 45_000;
const LOOK_EVERY_MS = 500;
const APP_POOL = "MSExchangeMapiFrontEndAppPool";

/** Runs a drill and prints its timeline. True if the page arrived in time and answers all questions. */
export async function runDrill({ scenario, isFast, untilOver, signal, say }: DrillOptions): Promise<boolean> {
  const drill = DRILLS[scenario];
  const nowMs = Date.now();
  const fromMs = nowMs + WARM_UP_MS;
  const clock = (atMs: number): string => `+${minutes(atMs - nowMs)}`;
  const refusedMs = isFast ? 50_000 : 5 * MINUTE_MS;
  const deadlineMs = fromMs + (untilOver ? 60 : 10) * MINUTE_MS;
  say(
    `${clock(Date.now())}  three Exchange servers at work; ` +
      `${isFast ? "rules and routes at 30 times their pace" : "rules and routes as shipped"}`,
  );
  const organisation = await startOrganisation({
    job: "hma-drill",
    mode: "central",
    snapshots: drill.isExposed ? exposedSnapshots(nowMs) : healthySnapshots(nowMs),
    config: isFast ? { loop: { gap: "30s", idle: "30s" }, incident: { quiet: "15s" } } : {},
    iisFlushMs: isFast ? 1_000 : MINUTE_MS,
    plan: drillPlan({
      nowMs,
      lengthMs: deadlineMs - nowMs,
      servers: 3,
      scenarios: [
        {
          name: scenario,
          afterMs: WARM_UP_MS,
          server: 0,
          parameters: { appPool: APP_POOL, clients: 25, refusedMs, ...(isFast ? { retryMs: [2_000, 4_000] } : {}) },
        },
      ],
    }),
  });
  try {
    const stage = await startStage([organisation], isFast ? FAST : AS_SHIPPED);
    try {
      say(`${clock(Date.now())}  the exporter, Prometheus and Alertmanager watch them`);
      const look = watchTimeline({ organisation, prometheus: stage.prometheus, receiver: stage.receiver }, fromMs);
      const events: DrillEvent[] = [];
      let isBegun = false;
      while (!signal.aborted && Date.now() < deadlineMs && !isDone(events, untilOver)) {
        if (!isBegun && Date.now() >= fromMs) {
          isBegun = true;
          say(`${clock(fromMs)}  ${drill.story}`);
        }
        for (const event of await look()) {
          events.push(event);
          tell(event, clock, say);
        }
        await setTimeout(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
      }
      return judge(events, { server: "EX01", appPool: APP_POOL, cause: drill.cause }, say);
    } finally {
      await stage.stop();
    }
  } finally {
    await organisation.stop();
  }
}

function isDone(events: readonly DrillEvent[], untilOver: boolean): boolean {
  return events.some(({ kind, text }) => (untilOver ? kind === "over" && text.includes("to pager") : kind === "page"));
}

function tell(event: DrillEvent, clock: (atMs: number) => string, say: (line: string) => void): void {
  const since = event.sinceMs === null ? "" : `, refused since ${clock(event.sinceMs)}`;
  say(`${clock(event.atMs)}  ${event.text}${since}`);
  if (event.kind === "page" && event.page !== null)
    for (const line of event.page.text.split("\n")) say(`        | ${line}`);
}

/** Prints the result; true if the drill passed. */
function judge(
  events: readonly DrillEvent[],
  fullRow: Parameters<typeof answersOf>[1],
  say: (line: string) => void,
): boolean {
  const pages = events.filter(({ kind }) => kind === "page");
  const [first] = pages;
  const refusedMs = Math.min(...events.flatMap(({ sinceMs }) => sinceMs ?? []));
  const knownMs = Math.min(...events.filter(({ kind }) => kind === "loop").map(({ atMs }) => atMs));
  say("");
  if (first === undefined || first.page === null) {
    say("Verdict: FAILED, nobody was paged");
    return false;
  }
  const tookMs = first.atMs - refusedMs;
  const answers = answersOf(first.page, fullRow);
  const isGood = tookMs <= LIMIT_MS && answers.every(({ answer }) => answer !== null) && pages.length === 1;
  say(
    `Verdict: ${isGood ? "PASSED" : "FAILED"}. The page came ${minutes(tookMs)} after the first refused token ` +
      `(limit ${minutes(LIMIT_MS)}), ${minutes(first.atMs - knownMs)} after the exporter showed the first loop.`,
  );
  if (pages.length > 1) say(`  There were ${pages.length} pages for one incident.`);
  for (const { question, answer } of answers) say(`  ${question.padEnd(28)} ${answer ?? "THE PAGE DOES NOT SAY"}`);
  return isGood;
}

/** Sample: 01:07 */
function minutes(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}
