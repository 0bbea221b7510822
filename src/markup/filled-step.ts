import type { AdviceStep } from "../causes/cause-record.ts";
import type { IncidentFinding } from "../model/finding.ts";

/** A step with the incident's values filled in. Placeholders are in single quotes, so a quote in a name is doubled. */
export function filledStep({ text, command }: AdviceStep, incident: IncidentFinding): AdviceStep {
  const filled = command
    ?.replaceAll("<app pool>", () => quoted(incident.appPool))
    .replaceAll("<server>", () => quoted(incident.server));
  return { text, command: filled ?? null };
}

function quoted(name: string): string {
  // PowerShell also treats typographic quotes as quotes.
  return name.replaceAll(/['\u2018\u2019\u201A\u201B]/g, "$&$&");
}
