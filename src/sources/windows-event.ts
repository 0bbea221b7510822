import { appPoolNamed } from "../model/app-pool.ts";
import type { AppPool } from "../model/app-pool.ts";
import type { Format } from "../model/format.ts";
import type { ParsedLine, WindowsEventFact } from "../model/row.ts";
import { textKeyOf } from "../model/text-key.ts";
import { EVENT_PIECES } from "./events/event-pieces.ts";
import { eventText } from "./events/event-text.ts";
import { readEventXml } from "./events/event-xml.ts";
import type { EventXml } from "./events/event-xml.ts";
import { dayStartMs, isOutOfRange, readClock, readDay } from "./text/log-time.ts";
import { unreadable } from "./text/open-line.ts";
import { isServiceRunning } from "./events/service-state.ts";
import { PROVIDER_LABELS, ruleKey } from "./events/windows-event-table.ts";
import type { EventMeaning, EventRules } from "./events/windows-event-table.ts";

/**
 * Parses Windows events as written by `ToXml()`, `wevtutil /f:xml` and "Save as" of Event Viewer. It reads ids and
 * names of values, never the localised text, except for the app pool and process id of events without named values. No
 * text of an event is stored, because it can contain a token.
 */
export function createEventFormat(rules: EventRules): Format {
  return {
    name: "events",
    schemaFrom: () => null,
    parse: (bytes, start, end) => parseEvent(eventText(bytes, start, end), rules),
    pieces: EVENT_PIECES,
  };
}

// Sample: <?xml version="1.0"?><Events> (the elements that an export puts around its events)
const WRAPPER = /^(?:<\?xml[^>]*\?>)?\s*(?:<\/?Events\b[^>]*>)?$/i;

/** `text`: the event's XML; null if its bytes are not text. */
function parseEvent(text: string | null, rules: EventRules): ParsedLine {
  if (text === null) return unreadable("encoding");
  if (text === "") return { kind: "blank" };
  if (WRAPPER.test(text)) return { kind: "header", schema: null };
  const reading = readEventXml(text);
  if (reading === null) return unreadable("xml");
  const { event } = reading;
  const atMs = instantOf(event.systemTime);
  if (event.id < 0 || event.systemTime === "") return unreadable("missing_field");
  if (Number.isNaN(atMs)) return unreadable("time");
  if (isOutOfRange(atMs)) return unreadable("time_out_of_range");
  const rule = rules.get(ruleKey(event.provider, event.id)) ?? rules.get(ruleKey(event.source, event.id));
  if (rule === undefined || !event.channel.toLowerCase().endsWith((rule.channel ?? "").toLowerCase()))
    return { kind: "ignored", atMs };
  const fact = factOf(event, rule.means);
  if (fact === "nothing") return { kind: "ignored", atMs };
  if (fact === "incomplete") return unreadable(reading.isComplete ? "missing_field" : "xml");
  return {
    kind: "row",
    row: { kind: "event", atMs, eventKey: eventKey(event, atMs), label: labelOf(rule.provider, event.id), event: fact },
  };
}

/**
 * The fact that the event reports. `nothing`: the event is of no interest. `incomplete`: a required value is missing.
 */
function factOf(event: EventXml, means: EventMeaning): WindowsEventFact | "nothing" | "incomplete" {
  switch (means.fact) {
    case "worker_recycled": {
      const appPool = appPoolOf(event);
      return appPool === null
        ? "incomplete"
        : { fact: "worker_recycled", appPool, processId: processIdOf(event), reason: means.reason };
    }
    case "worker_unhealthy": {
      const appPool = appPoolOf(event);
      return appPool === null
        ? { fact: "noted", appPool }
        : { fact: "worker_recycled", appPool, processId: processIdOf(event), reason: "unknown" };
    }
    case "recovery_action":
      return recoveryOf(event, means.phase);
    case "service_state":
      return isServiceRunning(event, ["W3SVC", "WAS"]) ? { fact: "iis_reset" } : "nothing";
    case "oauth":
      return {
        fact: "oauth",
        name: means.name,
        appPool: exchangePoolIn(event),
        processId: processIdOf(event) || event.executionProcessId,
      };
    case "auth_admin":
      return { fact: "auth_admin", name: means.name };
    case "noted":
      return { fact: "noted", appPool: appPoolOf(event) };
    case "system_boot":
      return { fact: "system_boot" };
    case "iis_reset":
      return { fact: "iis_reset" };
    case "nothing":
      return "nothing";
  }
}

/** A recovery action that failed or was skipped becomes a plain note. */
function recoveryOf(event: EventXml, phase: "begun" | "completed"): WindowsEventFact | "nothing" | "incomplete" {
  const action = first(event, "id")?.toLowerCase();
  if (action === undefined) return "incomplete";
  const isFailed = phase === "completed" && ["failed", "skipped"].includes(first(event, "result")?.toLowerCase() ?? "");
  if (action === "forcereboot") return isFailed ? { fact: "noted", appPool: null } : { fact: "recovery_reboot" };
  if (action !== "recycleapplicationpool") return "nothing";
  const pool = first(event, "resourcename");
  if (pool === undefined) return "incomplete";
  return isFailed
    ? { fact: "noted", appPool: appPoolNamed(pool) }
    : { fact: "recovery_recycle", appPool: appPoolNamed(pool), phase };
}

/**
 * The app pool by its named value, else an Exchange app pool in any value, else the one in the message text. Null when
 * none is named.
 */
function appPoolOf(event: EventXml): AppPool | null {
  const named = first(event, "apppoolid") ?? first(event, "apppool");
  if (named !== undefined) return appPoolNamed(named);
  const known = exchangePoolIn(event);
  if (known !== null) return known;
  // Sample: A process serving application pool 'DefaultAppPool' terminated unexpectedly.
  const said = textOf(event).match(/application pool '?([^'"\s]+)/i)?.[1];
  return said === undefined ? null : appPoolNamed(said);
}

/** Sample: `w3wp.exe#MSExchangeServicesAppPool` */
function exchangePoolIn(event: EventXml): AppPool | null {
  for (const [name] of textOf(event).matchAll(/MSExchange\w+AppPool/gi)) {
    const pool = appPoolNamed(name);
    if (pool !== "other") return pool;
  }
  return null;
}

function processIdOf(event: EventXml): number {
  // Samples: process id of '1234', process id was '1234', Process w3wp.exe (PID 1234)
  const said =
    first(event, "processid") ?? textOf(event).match(/(?:process id (?:of|was) '|\bPID[ =:]{1,3})(\d{1,10})/i)?.[1];
  const processId = Number(said ?? 0);
  return Number.isSafeInteger(processId) && processId > 0 ? processId : 0;
}

function first(event: EventXml, name: string): string | undefined {
  return event.values.get(name)?.[0];
}

/** All values of the event as one text. Used only for the searches above; never stored or output. */
function textOf(event: EventXml): string {
  return [...event.values.values()].flat().join("\n");
}

/** Sample: `2026-11-22T08:00:00.1234567Z` */
function instantOf(systemTime: string): number {
  const bytes = Buffer.from(systemTime, "latin1");
  const clockMs = bytes.length < 19 ? -1 : readClock(bytes, 11, bytes.length);
  return clockMs < 0 ? NaN : dayStartMs(readDay(bytes, 0)) + clockMs;
}

/** Two exports of the same event give the same key. */
function eventKey(event: EventXml, atMs: number): number {
  return textKeyOf([event.channel, event.recordId, atMs, event.computer, event.provider, event.id].join("|"));
}

/** Sample: `WAS 5011`. The provider's name comes from the rule, so that no text of the event reaches an output. */
function labelOf(provider: string, id: number): string {
  return `${PROVIDER_LABELS.get(provider.toLowerCase()) ?? provider} ${id}`;
}
