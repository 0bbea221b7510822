import { requestOf } from "../engine/stored-records.ts";
import { isPeerName, OLD_REQUESTS_SHAPE } from "../engine/record/request-shape.ts";
import { packRequests } from "../engine/record/stored-requests.ts";
import { hasShape, type ShapeFault } from "../model/shape/shape.ts";

/** A record converted to the newest version. If that failed, `current` is the record as it was, and `fault` the first reason. */
export interface BroughtUp {
  readonly current: unknown;
  readonly fault?: ShapeFault;
}

/** Versions that store each open request as an object with all fields of its rows. */
const WITH_ROWS_IN_FULL: readonly unknown[] = [1, 2];

/** Converts a record of an older version to `version`; returns any other unchanged. */
export function broughtUp(record: unknown, version: number): BroughtUp {
  if (!isFields(record) || !WITH_ROWS_IN_FULL.includes(record["recordVersion"]) || !isFields(record["engine"]))
    return { current: record };
  const { engine } = record;
  const requests = withNewFields(engine["requests"]);
  const fault = OLD_REQUESTS_SHAPE.faultOf(requests, "engine.requests");
  if (!hasShape(OLD_REQUESTS_SHAPE, requests)) return { current: record, ...(fault === null ? {} : { fault }) };
  const packed = packRequests(requests.map(requestOf), isPeerName);
  return { current: { ...record, recordVersion: version, engine: { ...engine, requests: packed } } };
}

/** Adds the fields that version 1 did not have, and drops names of peer servers that are not valid: version 1 did not check them. */
function withNewFields(requests: unknown): unknown {
  if (!Array.isArray(requests)) return requests;
  return requests.map((request: unknown) =>
    isFields(request)
      ? { ...request, front: newRow(request["front"]), proxy: newRow(request["proxy"]), back: newRow(request["back"]) }
      : request,
  );
}

function newRow(row: unknown): unknown {
  if (!isFields(row)) return row;
  const { peerServer } = row;
  const peer = typeof peerServer === "string" && isPeerName(peerServer) ? peerServer : "";
  return { takesBearer: true, namesDevice: false, ...row, peerServer: peer };
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
