import type { EventXml } from "./event-xml.ts";

/** Reads event 7036 of the Service Control Manager. Its two texts are localised; its binary value is not. */

const DISPLAY_NAMES: ReadonlyMap<string, string> = new Map([
  ["world wide web publishing service", "W3SVC"],
  ["windows process activation service", "WAS"],
]);

/**
 * True when one of the services (short names) entered the running state. False when the event has no binary value and
 * is in a language other than English.
 */
export function isServiceRunning(event: EventXml, services: readonly string[]): boolean {
  const coded = fromBinary(event.values.get("binary")?.[0] ?? "");
  if (coded !== null) return coded.isRunning && services.includes(coded.service.toUpperCase());
  const name = event.values.get("param1")?.[0] ?? "";
  const service = DISPLAY_NAMES.get(name.toLowerCase()) ?? name.toUpperCase();
  return services.includes(service) && event.values.get("param2")?.[0]?.toLowerCase() === "running";
}

/**
 * Decodes UTF-16LE in hex: the service's short name, a slash, its state (4 is running). Sample:
 * `5700410053002F0034000000` is `WAS/4`.
 */
function fromBinary(hex: string): { service: string; isRunning: boolean } | null {
  if (!/^(?:[0-9a-f]{4})+$/i.test(hex)) return null;
  // Sample: W3SVC/4
  const parts = /^([^/]+)\/(\d)\0*$/.exec(Buffer.from(hex, "hex").toString("utf16le"));
  return parts === null ? null : { service: parts[1] ?? "", isRunning: parts[2] === "4" };
}
