import { tokenKeyState, type KnownKeys } from "../model/snapshot/token-key.ts";
import { isGood, PROBE_REASONS, type ProbeOutcome } from "../model/probe/probe.ts";
import { number, plural } from "../model/text/counted.ts";

const HEAD = ["SERVER", "PROTOCOL", "PROBE", "VERDICT", "STATUS", "KEY IN AD", "WHY"] as const;

/**
 * The probe results as a text table. Results that are not good are marked with "!"; a result with a token shows whether AD has its key, if
 * `keys` is known. Contains no text of a server's answer.
 */
export function renderProbeReport(outcomes: readonly ProbeOutcome[], keys: KnownKeys): string {
  const rows = outcomes.map((outcome) => [
    outcome.server,
    outcome.protocol,
    outcome.probe,
    `${isGood(outcome) ? "" : "! "}${outcome.verdict}`,
    outcome.status === null ? "-" : String(outcome.status),
    outcome.keyId === null ? "-" : (tokenKeyState(outcome.keyId, keys) ?? "not known"),
    whyText(outcome),
  ]);
  const widths = HEAD.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)));
  const lines = [[...HEAD], ...rows].map((row) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join("  "),
  );
  const bad = outcomes.filter((outcome) => !isGood(outcome)).length;
  return `${lines.join("\n")}\n\n${bad === 0 ? "All verdicts are good" : `${number(bad)} of ${plural(outcomes.length, "verdict")} are not good`}\n`;
}

/** The reason in words, with the error number of the token authority if there is one. */
export function whyText({ reason, errorNumber }: Pick<ProbeOutcome, "reason" | "errorNumber">): string {
  if (errorNumber === null) return PROBE_REASONS[reason];
  return `${PROBE_REASONS[reason]} (${/^\d/.test(errorNumber) ? "AADSTS" : ""}${errorNumber})`;
}
