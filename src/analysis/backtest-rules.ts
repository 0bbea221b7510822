import type { AlertRule } from "./backtest-alerts.ts";

/** A recording rule. */
export interface RecordingRule {
  readonly name: string;
  readonly query: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Evaluation interval of its group, on which rules may rely. */
  readonly intervalMs: number;
}

export interface RuleSet {
  readonly alerts: readonly AlertRule[];
  readonly recordings: readonly RecordingRule[];
}

/** Parses Prometheus' `/api/v1/rules`. Other kinds of rules are left out. */
export function rulesOf(answer: unknown): RuleSet {
  const rules = listOf(answer, "groups").flatMap((group) =>
    listOf(group, "rules").map((rule) => ({ rule, intervalMs: numberOf(group, "interval") * 1000 })),
  );
  return {
    alerts: rules
      .filter(({ rule }) => textOf(rule, "type") === "alerting")
      .map(({ rule }) => ({
        name: textOf(rule, "name"),
        query: textOf(rule, "query"),
        forMs: numberOf(rule, "duration") * 1000,
        keepFiringForMs: numberOf(rule, "keepFiringFor") * 1000,
        labels: labelsOf(rule, "labels"),
        summary: textOf(fieldOf(rule, "annotations"), "summary"),
      })),
    recordings: rules
      .filter(({ rule }) => textOf(rule, "type") === "recording")
      .map(({ rule, intervalMs }) => ({
        name: textOf(rule, "name"),
        query: textOf(rule, "query"),
        labels: labelsOf(rule, "labels"),
        intervalMs,
      })),
  };
}

/** The recording rules in levels: the rules of a level read only series that earlier levels have written. */
export function recordingLevels(recordings: readonly RecordingRule[]): readonly (readonly RecordingRule[])[] {
  const names = new Set(recordings.map(({ name }) => name));
  const levels: RecordingRule[][] = [];
  let written = new Set<string>();
  let rest = [...recordings];
  while (rest.length > 0) {
    const ready = rest.filter((rule) => namesIn(rule.query).every((name) => !names.has(name) || written.has(name)));
    // For rules that depend on each other, each reads what the others wrote before, which does not exist in a history.
    const level = ready.length === 0 ? rest : ready;
    levels.push(level);
    rest = rest.filter((rule) => !level.includes(rule));
    const unwritten = new Set(rest.map(({ name }) => name));
    written = new Set([...written, ...level.map(({ name }) => name)].filter((name) => !unwritten.has(name)));
  }
  return levels;
}

/** A series in the answer to a range query: pairs of Unix seconds and the value as text. */
export interface AnsweredSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [number, string])[];
}

/** The series in the answer to a range query. */
export function seriesOf(answer: unknown): readonly AnsweredSeries[] {
  return listOf(answer, "result").map((series) => ({
    labels: labelsOf(series, "metric"),
    points: listOf(series, "values").flatMap((pair): [number, string][] =>
      Array.isArray(pair) && typeof pair[0] === "number" ? [[pair[0], String(pair[1])]] : [],
    ),
  }));
}

function namesIn(query: string): readonly string[] {
  // Sample: sum by (job) (job:hma_bearer_refused:rate5m{job="a:b"}), without the quoted parts
  return query.replace(/"(?:[^"\\]|\\.)*"/g, "").match(/[a-zA-Z_:][a-zA-Z0-9_:]*/g) ?? [];
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? new Map<string, unknown>(Object.entries(value)).get(name)
    : undefined;
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const list = fieldOf(value, name);
  return Array.isArray(list) ? list : [];
}

function textOf(value: unknown, name: string): string {
  const text = fieldOf(value, name);
  return typeof text === "string" ? text : "";
}

function numberOf(value: unknown, name: string): number {
  const number = fieldOf(value, name);
  return typeof number === "number" ? number : 0;
}

function labelsOf(value: unknown, name: string): Readonly<Record<string, string>> {
  const labels = fieldOf(value, name);
  return typeof labels === "object" && labels !== null
    ? Object.fromEntries(Object.entries(labels).map(([label, text]) => [label, String(text)]))
    : {};
}
