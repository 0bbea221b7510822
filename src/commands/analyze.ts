import { access, constants } from "node:fs/promises";
import { dirname } from "node:path";
import { openMetricsHistory, CONSTANT_MS, REST_MS, usualStepMs } from "../report/openmetrics-history.ts";
import { writeWhole } from "../report/openmetrics-history-file.ts";
import { reportJson, reportOf, type Report } from "../report/report-model.ts";
import { textReport } from "../report/report-text.ts";
import { parseDuration } from "../model/durations.ts";
import { analyzeFarms, type Analysis } from "../analysis/analyze-farms.ts";
import type { Backtest } from "../analysis/backtest.ts";
import { limitHeap } from "./process/limit-heap.ts";
import { configurationOf } from "../daemon/configuration.ts";
import { DONE, FAILED, UsageError } from "../daemon/exit-codes.ts";
import { instantOf } from "./flag-values.ts";
import { createProgress } from "./progress/progress.ts";
import type { Progress } from "./progress/progress-figures.ts";
import { readVersion } from "../daemon/version.ts";
import { MINUTE_MS } from "../model/durations.ts";

type Flags = Readonly<Record<string, string>>;

/** Options of the command, besides the farms. */
interface AnalyzeOptions {
  readonly format: "text" | "json" | "html";
  readonly output: string | null;
  readonly openMetrics: string | null;
  readonly rules: string | null;
  readonly rulesBlocks: string | null;
  readonly stepMs: number | null;
  readonly job: string;
  readonly instance: string;
  readonly threads: number | null;
  readonly range: { readonly sinceMs?: number; readonly untilMs?: number };
}

/** `hma-exporter analyze`. Exit code 1 if something could not be read; everything else is still analysed. */
export async function analyze(farms: readonly string[], flags: Flags): Promise<number> {
  limitHeap();
  const config = await configurationOf(flags);
  const options = optionsOf(flags, Date.now());
  await checkBefore(options);
  const interrupt = new AbortController();
  const onInterrupt = (): void => {
    interrupt.abort(new Error("Interrupted: nothing was written"));
  };
  process.once("SIGINT", onInterrupt).once("SIGTERM", onInterrupt);
  const progress = await createProgress(process.stderr);
  try {
    const analysis = await analyzeFarms({
      farms,
      config,
      ...options.range,
      ...(options.threads === null ? {} : { threads: options.threads }),
      signal: interrupt.signal,
      onProgress: (done, total) => {
        progress.update(done, total);
      },
      keepsHistory: options.openMetrics !== null || options.rules !== null || options.format === "html",
    });
    progress.stop();
    requireLogs(farms, analysis);
    const backtest = await tryRules(options, analysis, { progress, signal: interrupt.signal });
    await writeHistory(options, analysis, { progress, signal: interrupt.signal });
    progress.stop();
    await print(await render(reportOf({ ...analysis, backtest }), options.format), options.output);
    return analysis.notes.errors.length > 0 ? FAILED : DONE;
  } finally {
    progress.stop();
    process.removeListener("SIGINT", onInterrupt).removeListener("SIGTERM", onInterrupt);
  }
}

/** Throws an Error for a folder without logs, with what was expected. Otherwise the report would look like an all-clear. */
function requireLogs(farms: readonly string[], { findings, notes }: Analysis): void {
  if (findings.accounting.length > 0 || notes.snapshots > 0) return;
  const [reason] = notes.errors;
  if (reason !== undefined) throw new Error(reason);
  const [first = "FARM"] = farms;
  throw new Error(
    `Cannot analyze ${farms.map((farm) => `"${farm}"`).join(", ")}: no log of Exchange or IIS was found ` +
      `there; expected is a folder for each server, such as ${first}/EX01/LogFiles/W3SVC1 and ` +
      `${first}/EX01/Logging/HttpProxy/Ews, or a server's own folder, or a folder of logs`,
  );
}

function optionsOf(flags: Flags, nowMs: number): AnalyzeOptions {
  const since = flags["since"];
  const until = flags["until"];
  return {
    format: formatOf(flags["format"] ?? "text"),
    output: flags["output"] ?? null,
    openMetrics: flags["openmetrics"] ?? null,
    rules: flags["rules"] ?? null,
    rulesBlocks: flags["rulesBlocks"] ?? null,
    stepMs: stepOf(flags["openmetrics.step"]),
    job: flags["openmetrics.job"] ?? "hma-exporter",
    instance: flags["openmetrics.instance"] ?? "localhost:10401",
    threads: threadsOf(flags["threads"]),
    range: {
      ...(since === undefined ? {} : { sinceMs: instantOf("--since", since, nowMs) }),
      ...(until === undefined ? {} : { untilMs: instantOf("--until", until, nowMs) }),
    },
  };
}

function formatOf(format: string): AnalyzeOptions["format"] {
  if (format === "text" || format === "json" || format === "html") return format;
  throw new UsageError(`Cannot write the report as "${format}": text, json or html is expected`);
}

const MAX_THREADS = 64;

function threadsOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > MAX_THREADS)
    throw new UsageError(`Cannot read --threads "${text}": a whole number from 1 to ${MAX_THREADS} is expected`);
  return count;
}

function stepOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const stepMs = parseDuration(text);
  if (stepMs === null || stepMs < MINUTE_MS || stepMs > 5 * MINUTE_MS || stepMs % MINUTE_MS !== 0) {
    throw new UsageError(`Cannot read --openmetrics.step "${text}": 1m, 2m, 3m, 4m or 5m is expected`);
  }
  return stepMs;
}

/** Checks before reading that the outputs can be written, because reading may take hours. */
async function checkBefore({ output, openMetrics, rules, rulesBlocks }: AnalyzeOptions): Promise<void> {
  for (const file of [output, openMetrics]) {
    if (file === null) continue;
    await access(dirname(file), constants.W_OK).catch((error: unknown) => {
      throw new UsageError(`Cannot write "${file}": its folder does not exist or is not writable`, { cause: error });
    });
  }
  if (rules === null && rulesBlocks !== null)
    throw new UsageError("Cannot write the blocks of rules: --rules-blocks needs --rules DIR");
  if (rules === null) return;
  const [{ ruleFilesOf }, { requirePrometheus }] = await Promise.all([
    import("../analysis/backtest.ts"),
    import("../analysis/backtest-prometheus.ts"),
  ]);
  await ruleFilesOf(rules);
  await requirePrometheus();
}

interface Course {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

async function tryRules(
  { rules, rulesBlocks, job, instance, stepMs }: AnalyzeOptions,
  { history }: Analysis,
  { progress, signal }: Course,
): Promise<Backtest | null> {
  if (rules === null) return null;
  const { runBacktest } = await import("../analysis/backtest.ts");
  return runBacktest({
    history,
    rules,
    blocks: rulesBlocks,
    job,
    instance,
    stepMs: history === null ? null : sampledStep(stepMs, history),
    signal,
    onStage: (stage) => {
      progress.say(stage);
    },
  });
}

async function writeHistory(
  { openMetrics, job, instance, stepMs }: AnalyzeOptions,
  { history }: Analysis,
  { progress, signal }: Course,
): Promise<void> {
  if (openMetrics === null) return;
  progress.say("writing the history");
  const sampling = {
    stepMs: history === null ? MINUTE_MS : sampledStep(stepMs, history),
    job,
    instance,
    restMs: REST_MS,
    constantMs: CONSTANT_MS,
  };
  await writeWhole(openMetrics, openMetricsHistory(history, sampling), signal);
}

function sampledStep(stepMs: number | null, history: NonNullable<Analysis["history"]>): number {
  return stepMs === null ? usualStepMs(history) : Math.max(stepMs, history.resolutionMs);
}

/** The HTML report. Its code is loaded only when it is requested. */
async function render(report: Report, format: AnalyzeOptions["format"]): Promise<string> {
  switch (format) {
    case "text":
      return textReport(report);
    case "json":
      return `${JSON.stringify(reportJson(report), null, 2)}\n`;
    case "html": {
      const { htmlReport } = await import("../report/report-html.ts");
      return htmlReport(report, { version: readVersion().version });
    }
  }
}

/** Writes to stdout or to a file. The file appears under its name only when it is complete. */
async function print(text: string, file: string | null): Promise<void> {
  if (file !== null) return writeWhole(file, [text]);
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
