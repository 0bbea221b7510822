import { cp, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { History } from "../engine/history/history-series.ts";
import {
  openMetricsHistory,
  REST_MS,
  sampledRange,
  usualStepMs,
  type HistorySampling,
} from "../report/openmetrics-history.ts";
import { writeWhole } from "../report/openmetrics-history-file.ts";
import type { AlertFinding } from "../model/alert-finding.ts";
import {
  alertsOf,
  compareAlerts,
  pagesOf,
  type ActiveSeries,
  type AlertRule,
  type Evaluations,
} from "./backtest-alerts.ts";
import { askPrometheus, runPromtool, startLocalPrometheus, type LocalPrometheus } from "./backtest-prometheus.ts";
import { recordingLevels, rulesOf, seriesOf, type RecordingRule, type RuleSet } from "./backtest-rules.ts";
import { recordRules } from "./record-rules.ts";
import { reasonOf } from "../model/reason-of.ts";

export interface BacktestOptions {
  readonly history: History | null;
  /** Folder of rule files (`*.yml`). */
  readonly rules: string;
  readonly job: string;
  readonly instance: string;
  /** Interval between two evaluations; null: the resolution of the history. */
  readonly stepMs: number | null;
  /** Folder in which the blocks of the history and of the recorded series are kept. Null: they are removed. */
  readonly blocks?: string | null;
  readonly signal?: AbortSignal;
  /** Called with a short description of the current work. */
  readonly onStage?: (stage: string) => void;
}

export interface Backtest {
  /** Number of rules that were evaluated. */
  readonly rules: number;
  readonly alerts: readonly AlertFinding[];
  /** Number of pages that would have been sent. */
  readonly pages: number;
}

/** Maximum number of points per query. Prometheus returns at most 11,000. */
const MAX_POINTS = 10_000;

/**
 * Finds out which alerts of the rules would have fired over the history. Writes the history as blocks into a temporary folder, queries the
 * rules' expressions at every step from a Prometheus on loopback, and applies `for` and `keep_firing_for`. Removes the folder at the end.
 * Rejects if Prometheus is not installed, there is no rule, or a rule file is invalid.
 */
export async function runBacktest(options: BacktestOptions): Promise<Backtest> {
  const folder = await mkdtemp(join(tmpdir(), "hma-backtest-"));
  try {
    const rules = await readRules(folder, options);
    if (options.history === null) return { rules: rules.alerts.length, alerts: [], pages: 0 };
    const stepMs = options.stepMs ?? usualStepMs(options.history);
    const range = sampledRange(options.history, stepMs);
    const run: BacktestRun = {
      options,
      folder,
      history: options.history,
      evaluations: { firstMs: range.firstMs, lastMs: range.lastMs, stepMs },
    };
    await fillBlocks(run, rules.recordings);
    if (options.blocks !== undefined && options.blocks !== null) await keepBlocks(join(folder, "data"), options.blocks);
    const alerts = await tryAlerts(run, rules.alerts);
    return { rules: rules.alerts.length, alerts, pages: pagesOf(alerts) };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

interface BacktestRun {
  readonly options: BacktestOptions;
  readonly folder: string;
  readonly history: History;
  readonly evaluations: Evaluations;
}

/** The rule files of a folder, ordered by name. Rejects if there are none. */
export async function ruleFilesOf(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw new Error(`Cannot read the rules in "${folder}": ${reasonOf(error)}`, {
      cause: error,
    });
  });
  const files = names
    .filter((name) => /\.ya?ml$/i.test(name))
    .sort()
    .map((name) => resolve(folder, name));
  if (files.length === 0) throw new Error(`Cannot test the rules in "${folder}": it holds no .yml file`);
  return files;
}

/** Prometheus itself parses the rules, so that it refuses the same files here as in use. */
async function readRules(folder: string, options: BacktestOptions): Promise<RuleSet> {
  options.onStage?.("reading the rules");
  const ruleFiles = await ruleFilesOf(options.rules);
  await runPromtool(["check", "rules", ...ruleFiles], options.signal);
  const empty = join(folder, "rules");
  await mkdir(empty);
  const prometheus = await startLocalPrometheus({ folder: empty, ruleFiles, ...signalOf(options) });
  try {
    return rulesOf(await askPrometheus(prometheus.url, { path: "/api/v1/rules" }, options.signal));
  } finally {
    await prometheus.stop();
  }
}

async function fillBlocks(run: BacktestRun, recordings: readonly RecordingRule[]): Promise<void> {
  const { options, folder, history, evaluations } = run;
  options.onStage?.("writing the history");
  const { stepMs } = evaluations;
  const sampling: HistorySampling = {
    stepMs,
    job: options.job,
    instance: options.instance,
    restMs: REST_MS,
    constantMs: REST_MS,
  };
  const text = join(folder, "history.om");
  await writeWhole(text, openMetricsHistory(history, sampling), options.signal);
  await addBlocks(run, text);
  const levels = recordingLevels(recordings);
  for (const [index, level] of levels.entries()) {
    options.onStage?.(`recording rules, ${index + 1} of ${levels.length}`);
    const file = join(folder, `level${index}.om`);
    await withPrometheus(run, (prometheus) =>
      recordRules({ url: prometheus.url, rules: level, file, ...evaluations, ...signalOf(options) }),
    );
    await addBlocks(run, file);
  }
}

/** Creates blocks from OpenMetrics text, and removes the text. */
async function addBlocks({ folder, evaluations, options }: BacktestRun, text: string): Promise<void> {
  const form = ["tsdb", "create-blocks-from", "openmetrics", "--quiet"];
  const duration = `--max-block-duration=${blockHours(evaluations)}h`;
  await runPromtool([...form, duration, text, join(folder, "data")], options.signal);
  await rm(text);
}

/** A Prometheus block is a folder whose name is a ULID. */
const BLOCK_NAME = /^[0-9A-Z]{26}$/;

/**
 * Copies the blocks; each gets its final name when it is complete. Prometheus takes a folder with the temporary name for one to be removed.
 */
async function keepBlocks(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of (await readdir(from)).filter((one) => BLOCK_NAME.test(one))) {
    const half = join(to, `${name}.tmp-for-creation`);
    await cp(join(from, name), half, { recursive: true });
    await rename(half, join(to, name));
  }
}

/**
 * Duration of blocks: as long as the history, so that promtool reads its text once, but at most a month, because promtool holds a block in
 * memory.
 */
function blockHours({ firstMs, lastMs }: Evaluations): number {
  return Math.min(744, Math.max(2, 2 ** Math.ceil(Math.log2((lastMs - firstMs) / 3_600_000 + 2))));
}

async function tryAlerts(run: BacktestRun, rules: readonly AlertRule[]): Promise<readonly AlertFinding[]> {
  return withPrometheus(run, async (prometheus) => {
    const alerts: AlertFinding[] = [];
    for (const [index, rule] of rules.entries()) {
      run.options.onStage?.(`alerts, ${index + 1} of ${rules.length}`);
      alerts.push(
        ...alertsOf(rule, await activeSeries(run, prometheus, rule), {
          evaluations: run.evaluations,
          servers: run.history.servers,
        }),
      );
    }
    return alerts.sort(compareAlerts);
  });
}

/** When the rule's expression had a value, by label set. */
async function activeSeries(
  { evaluations, options }: BacktestRun,
  prometheus: LocalPrometheus,
  rule: AlertRule,
): Promise<readonly ActiveSeries[]> {
  const { firstMs, lastMs, stepMs } = evaluations;
  const found = new Map<string, { labels: Readonly<Record<string, string>>; activeMs: number[] }>();
  for (let fromMs = firstMs; fromMs <= lastMs; fromMs += MAX_POINTS * stepMs) {
    const toMs = Math.min(lastMs, fromMs + (MAX_POINTS - 1) * stepMs);
    const answer = await askPrometheus(
      prometheus.url,
      {
        path: "/api/v1/query_range",
        parameters: {
          query: rule.query,
          start: String(fromMs / 1000),
          end: String(toMs / 1000),
          step: String(stepMs / 1000),
        },
      },
      options.signal,
    ).catch((error: unknown) => {
      throw new Error(`Cannot try the alert ${rule.name}: ${reasonOf(error)}`, {
        cause: error,
      });
    });
    for (const { labels, points } of seriesOf(answer)) {
      const key = JSON.stringify(Object.entries(labels).sort());
      const series = found.get(key) ?? { labels, activeMs: [] };
      found.set(key, series);
      for (const [seconds] of points) series.activeMs.push(Math.round(seconds * 1000));
    }
  }
  return [...found.values()];
}

/**
 * Runs `use` with a Prometheus over the blocks. Its look-back is little longer than the interval of samples: in imported blocks a series
 * ends without a marker, so it stays visible for the whole look-back.
 */
async function withPrometheus<T>(
  { folder, evaluations, options }: BacktestRun,
  use: (prometheus: LocalPrometheus) => Promise<T>,
): Promise<T> {
  const prometheus = await startLocalPrometheus({
    folder,
    lookBackMs: Math.max(evaluations.stepMs, REST_MS) + 30_000,
    ...signalOf(options),
  });
  try {
    return await use(prometheus);
  } finally {
    await prometheus.stop();
  }
}

function signalOf({ signal }: BacktestOptions): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
