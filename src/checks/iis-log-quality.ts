import { command, remedy } from "../catalogue/commands.ts";
import type { CommandId } from "../catalogue/commands.ts";
import type { IisLogSettings } from "../model/snapshot/snapshot.ts";
import type { LogGap } from "../model/log-gap.ts";
import { fail, pass, unknown } from "./check.ts";
import type { Check, ObjectVerdict } from "./check.ts";
import { judgeServers } from "./servers.ts";

/** W3C log fields that the detection needs, with the bit that IIS stores for each. */
const NEEDED: Readonly<Record<string, number>> = {
  Date: 1,
  Time: 2,
  ClientIP: 4,
  UserName: 8,
  Method: 128,
  UriStem: 256,
  UriQuery: 512,
  HttpStatus: 1024,
  Win32Status: 2048,
  TimeTaken: 16_384,
  UserAgent: 65_536,
  HttpSubStatus: 2_097_152,
};

export const iisLogQuality: Check = {
  id: "iis_log_quality",
  title: "IIS logs hold what the detection needs",
  why:
    "Without sub-status, Win32 status, query and user agent a challenge, a handshake and a rejection cannot " +
    "be distinguished. Also recommended: flushByEntryCountW3CLog above 0, so that rows " +
    "reach the disk at once and not when 64 KB are full, and the response header x-ms-diagnostics as a custom " +
    "field of the Default Web Site, which shows the reason of each rejection. " +
    "Never log the request header Authorization: it holds the token.",
  remedy: command("logFields"),
  severity: "warning",
  severityNote: "info when only recommended settings are missing",
  evaluate: (snapshot, { logGaps }) => [
    ...judgeServers(
      snapshot,
      { part: "iisLogs", source: "the log settings of the IIS sites", rows: snapshot.iisLogs },
      (server, rows) => rows.map((row) => judgeSettings(server, row)),
    ),
    ...logGaps.flatMap(judgeLog),
  ],
};

/**
 * Gaps in the log itself. They count whatever the settings say, because new settings apply from the next file on and
 * the snapshot may be old.
 */
function judgeLog({ server, format, columns }: LogGap): readonly ObjectVerdict[] {
  if (format !== "iis") return [];
  const difference = { found: `the log lacks ${columns.join(", ")}`, wanted: "every column that the detection needs" };
  return [fail(`${server}\\log files`, difference)];
}

/** The command with the name of the log's site. */
function atSite(id: CommandId, log: IisLogSettings): string {
  return command(id).replace("Default Web Site", (log.Site || "Default Web Site").replace(/["'`$[\]]/g, ""));
}

function judgeSettings(server: string, log: IisLogSettings): ObjectVerdict {
  const object = `${server}\\${log.Site || "(unnamed site)"}`;
  if (log.enabled === false)
    return fail(object, { found: "logging is off", wanted: "on" }, { remedy: atSite("logEnabled", log) });
  if (log.logFormat !== null && log.logFormat.toLowerCase() !== "w3c" && log.logFormat !== "2")
    return fail(object, { found: `log format ${log.logFormat}`, wanted: "W3C" }, { remedy: atSite("logFormat", log) });
  if (log.logExtFileFlags === null || log.logExtFileFlags === "" || log.logFormat === null)
    return unknown(object, "the snapshot gives neither the fields nor the format of this log in full");
  const missing = missingFields(log.logExtFileFlags);
  if (missing.length > 0)
    return fail(
      object,
      { found: `without ${missing.join(", ")}`, wanted: "every field that the detection needs" },
      { remedy: atSite("logFields", log) },
    );
  const isFrontEnd = (log.Site ?? "").toLowerCase() === "default web site";
  const isFlushed = log.flushByEntryCountW3CLog !== 0;
  const hasDiagnostics =
    !isFrontEnd || (log.customFields?.some((field) => field.toLowerCase() === "x-ms-diagnostics") ?? true);
  if (!isFlushed || !hasDiagnostics) {
    const found = [
      isFlushed ? "" : "flushByEntryCountW3CLog 0",
      hasDiagnostics ? "" : "no custom field x-ms-diagnostics",
    ];
    const commands = [isFlushed ? "" : atSite("logFlush", log), hasDiagnostics ? "" : atSite("logDiagnostics", log)];
    const wanted = isFrontEnd ? "flushed after a few rows, x-ms-diagnostics logged" : "flushed after a few rows";
    return fail(
      object,
      { found: found.filter((text) => text !== "").join("; "), wanted },
      { severity: "info", remedy: remedy(...commands.filter((text) => text !== "")) },
    );
  }
  if (log.flushByEntryCountW3CLog === null || (isFrontEnd && log.customFields === null))
    return unknown(object, "the snapshot does not give flushByEntryCountW3CLog and customFields of this log");
  return pass(object);
}

function missingFields(flags: string): readonly string[] {
  // Sample: Date,Time,ClientIP,UserName or the number 2478031
  if (/^\d{1,9}$/.test(flags))
    return Object.entries(NEEDED).flatMap(([name, bit]) => ((Number(flags) & bit) === 0 ? [name] : []));
  const names = new Set(flags.toLowerCase().split(/[,\s]+/));
  return Object.keys(NEEDED).filter((name) => !names.has(name.toLowerCase()));
}
