import fc from "fast-check";
import { APP_POOLS } from "../../../src/model/app-pool.ts";
import { CATEGORIES, PROTOCOLS, SCHEMES } from "../../../src/model/label-values.ts";
import { REQUEST_SOURCES, type RequestRow, type Row } from "../../../src/model/row.ts";
import type { ScannedRequests } from "../../../src/model/row-scanner.ts";

const key = fc.oneof(fc.constant(0), fc.nat(), fc.bigInt({ min: 0n, max: 2n ** 52n - 1n }).map(Number));
const atMs = fc.integer({ min: -1_000, max: 4_000_000_000_000 });

const request: fc.Arbitrary<RequestRow> = fc.record({
  kind: fc.constant("request" as const),
  source: fc.constantFrom(...REQUEST_SOURCES),
  atMs,
  requestKey: key,
  protocol: fc.constantFrom(...PROTOCOLS),
  appPool: fc.constantFrom(...APP_POOLS),
  scheme: fc.constantFrom(...SCHEMES),
  status: fc.nat(99_999),
  subStatus: fc.option(fc.nat()),
  win32Status: fc.option(fc.nat(4_294_967_295)),
  backEndStatus: fc.nat(999),
  category: fc.constantFrom(null, ...CATEGORIES),
  isBackEndReason: fc.boolean(),
  showsReasons: fc.boolean(),
  hasUser: fc.constantFrom(true, false, null),
  takesBearer: fc.boolean(),
  namesDevice: fc.boolean(),
  ipKey: key,
  userAgentKey: key,
  idsKey: key,
  processId: fc.nat(),
  peerServer: fc.constantFrom("", "ex01", "ex02", "mailbox-17"),
});

/** Rows of all kinds. */
export const anyRow: fc.Arbitrary<Row> = fc.oneof(
  { arbitrary: request, weight: 5 },
  fc.record({
    kind: fc.constant("worker" as const),
    atMs,
    appPool: fc.constantFrom(...APP_POOLS),
    processId: fc.nat(),
  }),
  fc.record({ kind: fc.constant("abandoned" as const), atMs, appPool: fc.constantFrom(...APP_POOLS) }),
  fc.record({
    kind: fc.constant("event" as const),
    atMs,
    eventKey: key,
    label: fc.string(),
    event: fc.constantFrom({ fact: "iis_reset" as const }, { fact: "auth_admin" as const, name: "warning" as const }),
  }),
);

const URLS = [
  [{ protocol: "ews" as const, appPool: "MSExchangeServicesAppPool" as const }],
  [{ protocol: "mapi" as const, appPool: "MSExchangeMapiFrontEndAppPool" as const }],
] as const;

/** A batch of served rows, in columns with unused capacity. */
export const anyServed: fc.Arbitrary<ScannedRequests> = fc
  .record({
    rows: fc.array(
      fc.record({
        atMs,
        client: key,
        start: fc.nat(4_294_967_295),
        urlCode: fc.nat(255),
        scheme: fc.nat(6),
        row: request,
      }),
      { maxLength: 30 },
    ),
    source: fc.constantFrom("iis_front" as const, "http_proxy" as const),
    room: fc.nat(5),
    urls: fc.constantFrom(...URLS),
  })
  .map(({ rows, source, room, urls }) => {
    const length = rows.length + room;
    const served = {
      atMs: new Float64Array(length).fill(7),
      clients: new Float64Array(length).fill(7),
      starts: new Uint32Array(length).fill(7),
      urlCodes: new Uint8Array(length).fill(7),
      schemes: new Uint8Array(length).fill(7),
    };
    for (const [index, row] of rows.entries()) {
      served.atMs[index] = row.atMs;
      served.clients[index] = row.client;
      served.starts[index] = row.start;
      served.urlCodes[index] = row.urlCode;
      served.schemes[index] = row.scheme;
    }
    return {
      ...served,
      source,
      urls,
      kept: null,
      fullRows: null,
      fullRow: (index: number): RequestRow => rows[index]!.row,
      count: rows.length,
      oldestAtMs: Math.min(...rows.map((row) => row.atMs)),
      newestAtMs: Math.max(...rows.map((row) => row.atMs)),
    };
  });
