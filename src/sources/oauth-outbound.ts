import { appPoolNamed } from "../model/app-pool.ts";
import type { Format } from "../model/format.ts";
import { LOG_SOURCES } from "../model/logs/log-sources.ts";
import type { ParsedLine } from "../model/row.ts";
import { createCsvFormat } from "./text/csv-format.ts";
import type { CsvRow } from "./text/csv-format.ts";
import { readNumber } from "./text/field-value.ts";
import { slotsOf } from "./text/slots.ts";

/**
 * Parses the log of token requests that the server's own processes make, `Logging\OAuthOutbound`. Only the worker
 * process and its app pool are read, because a new process id shows that the worker was replaced.
 */
export function createOAuthOutboundFormat(): Format {
  return createCsvFormat({ name: "oauth_outbound", parseRow });
}

const { processId: PROCESS_ID, processName: PROCESS_NAME } = slotsOf(LOG_SOURCES.oauth_outbound.columns);

function parseRow({ bytes, schema, atMs }: CsvRow): ParsedLine {
  const processId = readNumber(bytes, schema.startOf(PROCESS_ID), schema.endOf(PROCESS_ID));
  // Sample: w3wp_MSExchangeServicesAppPool
  const pool = /^w3wp_(.+)$/i.exec(
    bytes.toString("latin1", schema.startOf(PROCESS_NAME), schema.endOf(PROCESS_NAME)),
  )?.[1];
  const appPool = appPoolNamed(pool ?? "");
  if (processId <= 0 || appPool === "other") return { kind: "ignored", atMs };
  return { kind: "row", row: { kind: "worker", atMs, appPool, processId } };
}
