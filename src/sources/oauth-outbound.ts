import { appPoolNamed } from "../model/app-pool.ts";
import type { Format } from "../model/format.ts";
import type { ParsedLine } from "../model/row.ts";
import type { WantedColumn } from "./text/column-schema.ts";
import { createCsvFormat } from "./text/csv-format.ts";
import type { CsvRow } from "./text/csv-format.ts";
import { readNumber } from "./text/field-value.ts";

/**
 * Token requests of the server's own processes: `Logging\OAuthOutbound`. Of interest is alone which worker process of which pool was at
 * work, so that its replacement shows.
 */
export function createOAuthOutboundFormat(): Format {
  return createCsvFormat({ name: "oauth_outbound", wanted: WANTED, parseRow });
}

const WANTED: readonly WantedColumn[] = [
  { name: "date-time", isRequired: true },
  { name: "process-id", isRequired: true },
  { name: "process-name", isRequired: true },
];
const [PROCESS_ID, PROCESS_NAME] = [1, 2] as const;

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
