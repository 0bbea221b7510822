import type { CheckResult } from "../checks/evaluate-checks.ts";
import { number } from "../model/text/counted.ts";
import { timeTextOfMs } from "../model/text/time-text.ts";

/** Origin of the snapshot, and which of its parts could not be read; printed above the table. */
export interface ReportSubject {
  /** Unix milliseconds; null when the snapshot has no time. */
  readonly collectedAtMs: number | null;
  readonly server: string | null;
  /** One sentence per part of the snapshot that could not be collected or read. */
  readonly faults: readonly string[];
}

const WIDTH = 100;
const INDENT = "  ";

/** The verdicts as text: failed, then unknown, then passed checks. At most 100 columns; only commands and long words are wider. */
export function renderCheckReport(results: readonly CheckResult[], subject: ReportSubject): string {
  const lines = [...heading(results, subject)];
  for (const severity of ["critical", "warning", "info"] as const) {
    const groups = byCheck(results.filter((result) => result.verdict === "fail" && result.severity === severity));
    if (groups.length === 0) continue;
    lines.push("", `FAILED, ${severity}`);
    for (const rows of groups) lines.push("", ...failedCheck(rows));
  }
  const unknowns = byCheck(results.filter((result) => result.verdict === "unknown"));
  if (unknowns.length > 0) lines.push("", "UNKNOWN", "", ...unknowns.flatMap(unknownCheck));
  const passed = byCheck(results.filter((result) => result.verdict === "pass"));
  if (passed.length > 0) lines.push("", "PASSED", "", ...passed.flatMap(passedCheck));
  return `${lines.join("\n")}\n`;
}

/** The results as JSON, for `check-exchange --format json`. */
export function checkReportJson(results: readonly CheckResult[]): string {
  return `${JSON.stringify(results, null, 2)}\n`;
}

function heading(results: readonly CheckResult[], subject: ReportSubject): readonly string[] {
  const count = (verdict: CheckResult["verdict"]): string =>
    number(results.filter((result) => result.verdict === verdict).length);
  const critical = results.filter((result) => result.verdict === "fail" && result.severity === "critical").length;
  const when = subject.collectedAtMs === null ? "at an unknown time" : timeTextOfMs(subject.collectedAtMs);
  const where = subject.server === null || subject.server === "" ? "" : ` on ${subject.server}`;
  return [
    ...wrapped(`Exchange compliance, collected ${when}${where}`, ""),
    `${count("fail")} failed (${number(critical)} critical), ${count("unknown")} unknown, ${count("pass")} passed`,
    ...subject.faults.slice(0, 10).flatMap((fault) => wrapped(`! ${fault}`, "  ")),
    ...(subject.faults.length > 10 ? [`! and ${number(subject.faults.length - 10)} more faults in the snapshot`] : []),
  ];
}

function byCheck(results: readonly CheckResult[]): readonly (readonly CheckResult[])[] {
  const groups = new Map<string, CheckResult[]>();
  for (const result of results) {
    const group = groups.get(result.check);
    if (group === undefined) groups.set(result.check, [result]);
    else group.push(result);
  }
  return [...groups.values()];
}

function failedCheck(rows: readonly CheckResult[]): readonly string[] {
  const remedies = new Set(rows.map((row) => row.remedy ?? ""));
  const lines = [...title(rows)];
  lines.push(
    ...table(
      rows.map((row) => [row.object, row.found ?? "", row.wanted ?? ""]),
      ["OBJECT", "FOUND", "WANTED"],
    ),
  );
  for (const remedy of [...remedies].slice(0, 20)) lines.push(...fix(remedy));
  if (remedies.size > 20) lines.push(`${INDENT}fix: the same for ${number(remedies.size - 20)} more objects`);
  return lines;
}

/** A command stays on one line, so that it can be copied; notes are wrapped as comments. */
function fix(remedy: string): readonly string[] {
  const lines = remedy.split("\n").flatMap((line) => (line.startsWith("# ") ? comment(line.slice(2)) : [line]));
  return lines.map((line, index) => `${INDENT}${index === 0 ? "fix: " : "     "}${line}`);
}

function comment(text: string): readonly string[] {
  return split(text, WIDTH - INDENT.length - 7).map((line) => `# ${line}`);
}

function unknownCheck(rows: readonly CheckResult[]): readonly string[] {
  const reasons = new Map<string, string[]>();
  for (const row of rows) {
    const objects = reasons.get(row.because ?? "");
    if (objects === undefined) reasons.set(row.because ?? "", [row.object]);
    else objects.push(row.object);
  }
  return [
    ...title(rows),
    ...[...reasons].flatMap(([because, objects]) =>
      wrapped(`${objects.join(", ")}: ${because}`, INDENT.repeat(2), INDENT),
    ),
  ];
}

function passedCheck(rows: readonly CheckResult[]): readonly string[] {
  const objects = rows.map((row) => row.object);
  const shown =
    objects.length > 12
      ? `${objects.slice(0, 12).join(", ")} and ${number(objects.length - 12)} more`
      : objects.join(", ");
  return [...title(rows), ...wrapped(shown, INDENT, INDENT)];
}

function title(rows: readonly CheckResult[]): readonly string[] {
  const first = rows[0];
  return first === undefined ? [] : wrapped(`${first.check}: ${first.title}`, INDENT);
}

/** Three columns; the widths are limited so that a line has at most `WIDTH` characters, and the cells are wrapped. */
function table(
  rows: readonly (readonly [string, string, string])[],
  head: readonly [string, string, string],
): readonly string[] {
  const all = [head, ...rows];
  const room = WIDTH - INDENT.length - 4;
  const widest = (column: 0 | 1 | 2): number => Math.max(...all.map((row) => row[column].length));
  const first = Math.min(widest(0), 40);
  const third = Math.min(widest(2), Math.max(20, Math.floor((room - first) / 2)), room - first - 10);
  const second = Math.min(widest(1), room - first - third);
  return all.flatMap((row) => {
    const cells = [split(row[0], first), split(row[1], second), split(row[2], third)];
    const height = Math.max(...cells.map((cell) => cell.length));
    return Array.from({ length: height }, (_, line) => {
      const at = (column: number, width: number): string => (cells[column]?.[line] ?? "").padEnd(width);
      return `${INDENT}${at(0, first)}  ${at(1, second)}  ${at(2, third)}`.trimEnd();
    });
  });
}

function wrapped(text: string, indent: string, firstIndent = ""): readonly string[] {
  return split(text, WIDTH - indent.length).map((line, index) => `${index === 0 ? firstIndent : indent}${line}`);
}

/**
 * Splits at blanks into lines of at most `width` characters. A longer word is cut if `width` is that of a table column; otherwise it stays
 * whole.
 */
function split(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (joined.length <= width) {
      line = joined;
      continue;
    }
    if (line !== "") lines.push(line);
    let rest = word;
    while (rest.length > width && width < WIDTH / 2) {
      lines.push(rest.slice(0, width));
      rest = rest.slice(width);
    }
    line = rest;
  }
  lines.push(line);
  return lines;
}
