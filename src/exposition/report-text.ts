import type { Findings, IncidentFinding } from "../model/finding.ts";
import { formatDuration } from "../model/duration.ts";

/** What the text report tells beside the findings. */
export interface ReportNotes {
  /** Requests by result, all servers. */
  readonly requests: Readonly<Record<string, number>>;
  readonly bytes: number;
  readonly unreadableLines: number;
  readonly errors: readonly string[];
}

/** The findings as a person reads them on a terminal, at most 110 columns but for evidence. */
export function textReport(findings: Findings, notes: ReportNotes): string {
  const lines = [
    `Servers    ${findings.servers.length === 0 ? "none" : findings.servers.join(", ")}`,
    `Time       ${findings.from === null ? "nothing read" : `${findings.from} to ${findings.to ?? ""}`}`,
    `Read       ${findings.accounting.length} files, ${megabytes(notes.bytes)}, ${notes.unreadableLines} unreadable lines`,
    `Requests   ${Object.entries(notes.requests).map(([result, count]) => `${count} ${result}`).join(", ") || "none"}`,
    "",
    ...incidentLines(findings),
    ...loopLines(findings),
    ...recycleLines(findings),
    ...keyLines(findings),
    ...skippedLines(findings),
    ...notes.errors.map((error) => `Error      ${error}`),
  ];
  return `${lines.join("\n")}\n`;
}

function incidentLines(findings: Findings): string[] {
  if (findings.incidents.length === 0) return ["Incidents  none", ""];
  return [`Incidents  ${findings.incidents.length}`, "", ...findings.incidents.flatMap(incidentBlock)];
}

function incidentBlock(incident: IncidentFinding): string[] {
  const length = incident.end === null ? "still open" : formatDuration(Math.round((Date.parse(incident.end) - Date.parse(incident.start)) / 1000) * 1000);
  const proof = incident.proven ? "proven" : "suspected only";
  return [
    `  ${incident.start}  ${incident.server} ${incident.appPool}`,
    `    ${incident.cause} (confidence ${Math.round(incident.confidence * 100)} %, ${proof}), ${length}, ${incident.clients} clients, ${incident.rejections} rejections`,
    ...incident.evidence.map((one) => `      ${one.at.slice(11, 19)}  ${one.text} [${one.source}]`),
    "",
  ];
}

function loopLines({ loops }: Findings): string[] {
  const recovered = loops.filter((loop) => loop.outcome === "recovered").length;
  return [`Loops      ${loops.length === 0 ? "none" : `${loops.length}, ${recovered} recovered`}`];
}

function recycleLines({ recycles }: Findings): string[] {
  if (recycles.length === 0) return ["Recycles   none seen"];
  const byReason = new Map<string, number>();
  for (const recycle of recycles) byReason.set(recycle.reason, (byReason.get(recycle.reason) ?? 0) + 1);
  return [`Recycles   ${recycles.length}: ${[...byReason].map(([reason, count]) => `${count} ${reason}`).join(", ")}`];
}

function keyLines({ keyChanges }: Findings): string[] {
  if (keyChanges.length === 0) return ["Keys       no change seen"];
  return [`Keys       ${keyChanges.length} changes`, ...keyChanges.slice(0, 20).map((change) => `  ${change.at}  ${change.kind}`)];
}

function skippedLines({ accounting }: Findings): string[] {
  const skipped = accounting.filter((file) => file.skipped > 0);
  if (skipped.length === 0) return [];
  const shown = skipped.slice(0, 10).map((file) => `  ${file.server}/${file.file}: ${file.skipped} of ${file.bytes} bytes skipped`);
  return ["", `Skipped    ${skipped.length} files have lines that could not be read`, ...shown];
}

function megabytes(bytes: number): string {
  return bytes < 1_000_000 ? `${bytes} bytes` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
