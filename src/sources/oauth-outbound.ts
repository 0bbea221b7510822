import { appPoolNamed } from "../model/app-pool.ts";
import type { Format } from "../model/format.ts";
import { LOG_SOURCES } from "../model/logs/log-sources.ts";
import type { ParsedLine } from "../model/row.ts";
import { createCsvFormat } from "./text/csv-format.ts";
import type { CsvRow } from "./text/csv-format.ts";
import { readNumber } from "./text/field-value.ts";
import { slotsOf } from "./text/slots.ts";

/**
 * Token requests of the server's own processes: `Logging\OAuthOutbound`. Of interest is alone which worker process of which pool was at
 * work, so that its replacement shows.
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
