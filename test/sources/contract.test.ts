import { describeFormatContract } from "./format-contract.ts";
import { parseLines, readFixture } from "./read-fixture.ts";
import type { Fixture } from "./read-fixture.ts";

/** Tests every format against the shared contract, with the rows of its first sample log. A new format adds its case here. */

const IIS_HEADER = [
  "#Software: Microsoft Internet Information Services 10.0",
  "#Version: 1.0",
  "#Date: 2026-11-22 08:00:00",
];
const EXCHANGE_HEADER = [
  "#Software: Microsoft Exchange Server",
  "#Version: 15.01.2375.007",
  "#Log-type: Logs",
  "#Date: 2026-11-22T08:00:00.000Z",
];

const iis = readFixture("iis-w3c/front-end.log");
describeFormatContract({
  ...iis,
  headers: [
    [...IIS_HEADER, fieldsLine(iis)],
    [fieldsLine(iis)],
    [fieldsLine(iis).toUpperCase().replace("#FIELDS", "#Fields")],
  ],
  rows: fullRows(iis, " "),
  extra: (line) => (isOtherDirective(line) ? line : `${line} more`),
  shorter: (row) => row.split(" ").slice(0, 12).join(" "),
  shuffled: (line) => shuffled(line, " "),
  withoutHeader: "no_schema",
});

/** Columns up to the last one that determines a row's kind. */
const EXCHANGE_LOGS = {
  "http-proxy/ews.log": 20,
  "ews/ews.log": 24,
  "mapi-http/mapi-http.log": 35,
  "oauth-outbound/oauth-outbound.log": 13,
};
for (const [name, shortest] of Object.entries(EXCHANGE_LOGS)) {
  const log = readFixture(name);
  const fields = fieldsLine(log);
  const names = fields.slice("#Fields: ".length);
  const quoted = names
    .split(",")
    .map((column) => `"${column}"`)
    .join(",");
  describeFormatContract({
    ...log,
    headers: [
      [...EXCHANGE_HEADER, fields],
      [fields],
      [names],
      [names, ...EXCHANGE_HEADER, fields],
      [...EXCHANGE_HEADER, fields, names],
      [quoted],
      [fields.toLowerCase()],
      [names.toUpperCase()],
    ],
    rows: fullRows(log, ","),
    extra: (line) => (isOtherDirective(line) ? line : `${line},more`),
    shorter: (row) => row.split(",").slice(0, shortest).join(","),
    shuffled: (line) => shuffled(line, ","),
    withoutHeader: "no_schema",
  });
}

const httpErr = readFixture("http-err/http-err.log");
const abandoned = httpErr.lines[0]!;
describeFormatContract({
  ...httpErr,
  headers: [
    [
      "#Software: Microsoft HTTP API 2.0",
      "#Fields: date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid s-reason s-queuename",
    ],
  ],
  rows: [
    abandoned,
    abandoned.replace("Connection_Abandoned_By_AppPool", "AppOffline"),
    abandoned.replace("MSExchangeMapiFrontEnd", "MSExchangeSync"),
  ],
  extra: (line) => (isOtherDirective(line) ? line : `${line} more`),
  shuffled: (line) => shuffled(line, " "),
  withoutHeader: "same",
});

const events = readFixture("windows-event/events.xml");
const eventKinds = parseLines(events.format, events.log, events.lines);
describeFormatContract({
  ...events,
  headers: [
    ['<?xml version="1.0" encoding="utf-8"?>', "<Events>"],
    ['<?xml version="1.0" encoding="utf-8"?><Events>'],
    ["</Events>"],
    [],
  ],
  rows: events.lines.filter((_, at) => eventKinds[at]!.kind === "row" || eventKinds[at]!.kind === "ignored"),
  withoutHeader: "same",
});

function fieldsLine({ lines }: Fixture): string {
  return lines.find((line) => line.startsWith("#Fields: "))!;
}

/** The readable rows under the first header, with all columns and no quotes. */
function fullRows(log: Fixture, separator: string): string[] {
  const parsed = parseLines(log.format, log.log, log.lines);
  const first = log.lines.indexOf(fieldsLine(log)) + 1;
  const columns = log.lines[first - 1]!.slice("#Fields: ".length).split(separator).length;
  return log.lines.filter(
    (line, at) =>
      at >= first &&
      ["row", "noise", "ignored"].includes(parsed[at]!.kind) &&
      line.split(separator).length === columns &&
      !line.includes('"'),
  );
}

/** Moves the first four columns to the end, in `#Fields:` lines and rows alike. */
function shuffled(line: string, separator: string): string {
  if (isOtherDirective(line)) return line;
  const directive = line.startsWith("#Fields: ") ? "#Fields: " : "";
  const cells = line.slice(directive.length).split(separator);
  return directive + [...cells.slice(4), ...cells.slice(0, 4)].join(separator);
}

function isOtherDirective(line: string): boolean {
  return line.startsWith("#") && !line.startsWith("#Fields");
}
