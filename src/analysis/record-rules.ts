import { open } from "node:fs/promises";
import { askPrometheus } from "./backtest-prometheus.ts";
import { seriesOf, type RecordingRule } from "./backtest-rules.ts";
import { reasonOf } from "../model/reason-of.ts";

/** Minimum interval of recorded samples: the history has no higher resolution. */
const MIN_INTERVAL_MS = 60_000;
/** Maximum number of points per query. Prometheus returns at most 11,000. */
const MAX_POINTS = 10_000;

export interface Recording {
  /** URL of a Prometheus that has the series which the rules read. */
  readonly url: string;
  readonly rules: readonly RecordingRule[];
  /** Path of the OpenMetrics text, which is overwritten. */
  readonly file: string;
  /** Unix ms. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Writes the series that the rules would have recorded, each at the interval of its group. One text for all rules makes a few large blocks;
 * promtool's own backfill of rules makes a block per rule and two hours.
 */
export async function recordRules(recording: Recording): Promise<void> {
  const file = await open(recording.file, "w");
  try {
    for (const name of new Set(recording.rules.map((rule) => rule.name))) {
      await file.appendFile(`# TYPE ${name} gauge\n`);
      for (const rule of recording.rules.filter((one) => one.name === name))
        for await (const text of samplesOf(rule, recording)) await file.appendFile(text);
    }
    await file.appendFile("# EOF\n");
  } finally {
    await file.close();
  }
}

async function* samplesOf(rule: RecordingRule, { url, firstMs, lastMs, signal }: Recording): AsyncGenerator<string> {
  const stepMs = Math.max(MIN_INTERVAL_MS, rule.intervalMs);
  const startMs = Math.ceil(firstMs / stepMs) * stepMs;
  for (let fromMs = startMs; fromMs <= lastMs; fromMs += MAX_POINTS * stepMs) {
    const range = {
      query: rule.query,
      start: String(fromMs / 1000),
      end: String(Math.min(lastMs, fromMs + (MAX_POINTS - 1) * stepMs) / 1000),
      step: String(stepMs / 1000),
    };
    const answer = await askPrometheus(url, { path: "/api/v1/query_range", parameters: range }, signal).catch(
      (error: unknown) => {
        const said = reasonOf(error);
        throw new Error(`Cannot evaluate the rule ${rule.name}: ${said}`, { cause: error });
      },
    );
    for (const { labels, points } of seriesOf(answer)) {
      const head = `${rule.name}${labelText({ ...labels, ...rule.labels })}`;
      yield points.map(([seconds, value]) => `${head} ${value} ${seconds}\n`).join("");
    }
  }
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).filter(([name]) => name !== "__name__");
  // Sample: {action="say \"no\"",cause="clock_skew"}
  const escaped = (text: string): string =>
    text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return pairs.length === 0 ? "" : `{${pairs.map(([name, text]) => `${name}="${escaped(text)}"`).join(",")}}`;
}
