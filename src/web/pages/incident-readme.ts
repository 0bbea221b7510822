import { CAUSE_RECORDS } from "../../causes/records/index.ts";
import type { AdviceStep } from "../../causes/cause-record.ts";
import { filledStep } from "../../markup/filled-step.ts";
import { printable } from "../../markup/printable.ts";
import type { IncidentFinding, RawRow } from "../../model/finding.ts";
import { rowCommands } from "./row-commands.ts";
import { number } from "../../model/text/counted.ts";
import { timeText } from "../../model/text/time-text.ts";

export interface ReadmeSubject {
  readonly incident: IncidentFinding;
  readonly rows: readonly RawRow[];
  readonly versions: Readonly<Record<string, string>>;
  /** Time at which the bundle was made, ISO 8601. */
  readonly at: string;
  readonly hasFarm: boolean;
}

/** README of an incident bundle. Lines end with CR LF, for Notepad on Windows. */
export function bundleReadme({ incident, rows, versions, at, hasFarm }: ReadmeSubject): string {
  const advice = CAUSE_RECORDS[incident.cause];
  const title = `${advice.title} on ${incident.server}`;
  const lines = [
    title,
    "=".repeat(title.length),
    "",
    advice.meaning,
    "",
    ...facts(incident),
    "",
    "Evidence",
    "--------",
    ...incident.evidence.map((piece) => `${timeText(piece.at)}  ${piece.text} [${piece.source}]`),
    "",
    "Log rows",
    "--------",
    "Time, what the row shows, file, byte offset of the row. The rows contain users and addresses, so they are not in this bundle.",
    ...rows.flatMap((row) => [
      "",
      `${timeText(row.at)}  ${row.what.replaceAll("_", " ")}  ${row.server}/${row.file}  ${row.offset}`,
      ...rowCommands(row, hasFarm).flatMap(({ where, command }) => [`  ${where}:`, ...indented(command)]),
    ]),
    "",
    "Confirm",
    "-------",
    ...steps(advice.confirm, incident),
    "",
    "Act",
    "---",
    ...steps(advice.act, incident),
    "",
    `More: docs/runbooks/${advice.runbook}.md`,
    "",
    "In this bundle",
    "--------------",
    ...CONTENTS,
    "",
    `Made at ${timeText(at)} by hma-exporter ${versions["exporter"] ?? ""}.`,
    "Clients are pseudonyms, made with a secret that never leaves the exporter. These files contain no user, mailbox, address or token.",
    "",
  ];
  return lines.map(printable).join("\r\n");
}

const CONTENTS: readonly string[] = [
  "incident.json     the incident with its evidence, and the positions of its log rows",
  "loops.json        loops of clients on the app pool during the incident",
  "recycles.json     recycles on the server, from one day before the incident",
  "key-changes.json  changes of signing keys and certificates",
  "checks.json       failed compliance checks",
  "metrics.prom      all metrics of the server, in the Prometheus text format",
  "versions.json     versions of the exporter and its platform",
];

function facts(incident: IncidentFinding): readonly string[] {
  return [
    `App pool    ${incident.appPool}`,
    `Start       ${timeText(incident.start)}`,
    `End         ${incident.end === null ? "still open" : timeText(incident.end)}`,
    `Clients     ${number(incident.clients)}`,
    `Refusals    ${number(incident.rejections)}${incident.proven ? "" : " (suspected only: no log proves that they carried a token)"}`,
    `Confidence  ${Math.round(incident.confidence * 100)} %`,
  ];
}

function steps(list: readonly AdviceStep[], incident: IncidentFinding): readonly string[] {
  return list.flatMap((step, index) => {
    const { text, command } = filledStep(step, incident);
    return [`${index + 1}. ${text}`, ...(command === null ? [] : indented(command))];
  });
}

function indented(text: string): readonly string[] {
  return text.split("\n").map((line) => `    ${line}`);
}
