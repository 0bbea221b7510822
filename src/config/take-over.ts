import type { Config } from "./config-schema.ts";

/** What a running daemon takes over when the configuration is read again: keys, and sections as a whole. The rest waits for a restart. */
export const TAKEN_OVER = [
  "follow.poll",
  "loop",
  "incident",
  "gate",
  "web.maxRequests",
  "web.runbookUrl",
  "web.hosts",
  "log.level",
  "probe",
] as const;

/** The configuration in force with what of the next one can be taken over while the daemon runs. */
export function takeOver(inForce: Config, next: Config): Config {
  return {
    ...inForce,
    follow: { ...inForce.follow, pollMs: next.follow.pollMs },
    loop: next.loop,
    incident: next.incident,
    gate: next.gate,
    web: { ...inForce.web, maxRequests: next.web.maxRequests, runbookUrl: next.web.runbookUrl, hosts: next.web.hosts },
    log: { ...inForce.log, level: next.log.level },
    probe: next.probe,
  };
}

/** Paths of the keys whose values differ, as the configuration file spells them. */
export function changedKeys(before: unknown, after: unknown, path = ""): string[] {
  if (!isMap(before) || !isMap(after)) {
    // Sample: follow.lookbackMs, which the file calls follow.lookback
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [path.replace(/Ms$/, "")];
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => changedKeys(before[key], after[key], path === "" ? key : `${path}.${key}`));
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
