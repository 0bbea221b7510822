import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Config } from "../../src/config/config-schema.ts";
import { fixedConfig } from "../../src/daemon/live-config.ts";
import { viewAt } from "../../src/engine/incidents/engine-view.ts";
import { serverMetrics } from "../../src/engine/engine-metrics.ts";
import { findingsOf } from "../../src/engine/incidents/findings.ts";
import { parseLiveRecord, LIVE_RECORD_VERSION, type LiveRecord } from "../../src/live/live-record.ts";
import { startLiveDetection } from "../../src/live/live-detection.ts";
import { unpackRequests } from "../../src/engine/record/stored-requests.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { defaultConfig, FARM_START_MS, smallFarm, type SmallFarm } from "../analysis/small-farm.ts";
import { clockOf } from "../model/test-clock.ts";
import { repetitions } from "../soak.ts";
import { recordOf } from "./record-of.ts";

const HOUR_MS = 3_600_000;
const MUTATIONS = repetitions({ usual: 100, soak: 5_000 });

let made: SmallFarm;
let config: Config;
let folder: string;
/** Records of a daemon during an incident, and long after it. */
const records: unknown[] = [];

beforeAll(async () => {
  made = await smallFarm(["stale-keys-crash"]);
  config = await defaultConfig();
  folder = await mkdtemp(join(tmpdir(), "hma-record-"));
  for (const afterMs of [HOUR_MS, 3 * HOUR_MS]) records.push(await recordAt(FARM_START_MS + afterMs));
});
afterAll(async () => {
  await made.remove();
  await rm(folder, { recursive: true, force: true });
});

/** The record, converted to JSON and back, after the logs were read at that wall-clock time. */
async function recordAt(nowMs: number): Promise<unknown> {
  const detection = startLiveDetection({
    live: fixedConfig(config),
    target: { kind: "farm", folder: made.farm },
    record: null,
    clock: clockOf(() => nowMs),
  });
  while (!(await detection.poll()).isCaughtUp);
  await detection.follower.close();
  return recordOf(detection);
}

type Path = readonly (string | number)[];

/** Paths of all values in the record, or of those that `wanted` accepts. */
function pathsIn(value: unknown, wanted = (_: unknown) => true, path: Path = []): Path[] {
  const own = wanted(value) ? [path] : [];
  if (typeof value !== "object" || value === null) return own;
  return [...own, ...Object.entries(value).flatMap(([key, item]) => pathsIn(item, wanted, [...path, key]))];
}

/** One path of each kind: lists of records count once, the first values of a list each by itself. */
function onePathOfEach(paths: readonly Path[]): Path[] {
  const kindOf = (path: Path): string =>
    path
      .map((key, at) => (/^\d+$/.test(String(key)) && (at < path.length - 1 || Number(key) > 8) ? "*" : key))
      .join(".");
  return [...new Map(paths.map((path) => [kindOf(path), path])).values()];
}

/** A copy with a different value at the path. */
function changed(value: unknown, [key, ...rest]: Path, to: unknown): unknown {
  if (key === undefined) return to;
  if (Array.isArray(value))
    return value.map((item: unknown, at) => (String(at) === String(key) ? changed(item, rest, to) : item));
  const fields: Record<string, unknown> = { ...Object(value) };
  fields[key] = changed(fields[key], rest, to);
  return fields;
}

const ODD: readonly unknown[] = [null, undefined, -1, 0.5, 1e308, "x", "", true, [], {}, [[]], "__proto__"];

/** Everything that a start and a scrape do with a record. */
function use(record: LiveRecord): void {
  const nowMs = FARM_START_MS + 4 * HOUR_MS;
  const detection = startLiveDetection({
    live: fixedConfig(config),
    target: { kind: "farm", folder },
    record,
    clock: clockOf(() => nowMs),
  });
  for (const server of detection.engine.servers) serverMetrics(viewAt(detection.engine, nowMs), server);
  findingsOf(viewAt(detection.engine, nowMs), { secret: record.secret, keyChanges: [] });
  detection.follower.stats();
  recordOf(detection);
}

describe("parseLiveRecord()", () => {
  test("accepts a record that a daemon wrote", () => {
    for (const record of records) {
      const parsed = parseLiveRecord(record);
      expect(parsed).toMatchObject({ kind: "good" });
      if (parsed.kind === "good") use(parsed.value);
    }
  });

  test(`for ${MUTATIONS} records with one changed value, either reports the position of the fault or can use the record`, () => {
    const random = createRandom(11, "odd");
    const pathsOf = records.map((record) => pathsIn(record));
    for (let done = 0; done < MUTATIONS; done++) {
      const record = records[done % records.length];
      const paths = pathsOf[done % records.length] ?? [];
      const path = paths[Math.floor(random.next() * paths.length)] ?? [];
      const odd = ODD[Math.floor(random.next() * ODD.length)];
      const parsed = parseLiveRecord(changed(record, path, odd));
      if (parsed.kind === "good") {
        expect(() => use(parsed.value)).not.toThrow();
        continue;
      }
      expect(parsed.kind).toBe("odd");
      const top = String(path[0] ?? "record").replace("recordVersion", "");
      if (parsed.kind === "odd") expect(parsed.because).toContain(top);
    }
  });

  test("with a number beyond all dates in place of any other, reports the fault or can use the record", () => {
    for (const record of records) {
      const failures: string[] = [];
      for (const path of onePathOfEach(pathsIn(record, (value) => typeof value === "number"))) {
        const parsed = parseLiveRecord(changed(record, path, 9e15));
        if (parsed.kind !== "good") continue;
        try {
          use(parsed.value);
        } catch (error) {
          failures.push(`${path.join(".")}: ${String(error)}`);
        }
      }
      expect(failures).toEqual([]);
    }
  });

  test("refuses a record of a newer version with any content", () => {
    const version = LIVE_RECORD_VERSION + 1;
    expect(parseLiveRecord({ recordVersion: version, engine: 7 })).toEqual({ kind: "newer", version });
  });

  test.each([1, 2])(
    "converts a record of version %d to the current one, and drops peer names that are not host names",
    (version) => {
      const [record] = records;
      const row = {
        kind: "request",
        source: "http_proxy",
        atMs: 1,
        requestKey: 1,
        protocol: "ews",
        appPool: "MSExchangeServicesAppPool",
        scheme: "bearer",
        status: 401,
        subStatus: 0,
        win32Status: 0,
        backEndStatus: 0,
        category: null,
        isBackEndReason: false,
        showsReasons: true,
        hasUser: false,
        ipKey: 1,
        userAgentKey: 1,
        idsKey: 0,
        processId: 0,
        peerServer: "jane.doe@contoso.com",
      };
      const request = {
        key: 1,
        server: 0,
        front: null,
        proxy: row,
        back: null,
        place: { fileKey: 1, offset: 0 },
        isCounted: false,
        isAssumed: false,
        judgeAtMs: 1,
        forgetAtMs: 1,
        trackKey: null,
        entryPlace: null,
      };
      const old = changed(changed(record, ["recordVersion"], version), ["engine", "requests"], [request]);
      const parsed = parseLiveRecord(old);
      expect(parsed).toMatchObject({
        kind: "good",
        value: {
          recordVersion: LIVE_RECORD_VERSION,
          engine: { requests: { heads: [{ peerServer: "", status: 401, takesBearer: true, namesDevice: false }] } },
        },
      });
      if (parsed.kind !== "good") throw new Error(parsed.kind);
      expect(unpackRequests(parsed.value.engine.requests)).toEqual([
        expect.objectContaining({
          key: 1,
          iis: null,
          httpProxy: { ...row, peerServer: "", takesBearer: true, namesDevice: false },
          position: request.place,
          isCounted: false,
          judgeAtMs: 1,
        }),
      ]);
    },
  );

  test.each([
    ["a list", [], "engine.requests: a list of 0 stands there"],
    [
      "a request of a server that is not there",
      { heads: [], open: [requestOfServer(9)] },
      "engine.requests.open[0][1]",
    ],
    [
      "a row without its head",
      { heads: [], open: [requestOfServer(0)] },
      "engine.requests.open[0]: there is no such head",
    ],
  ])("refuses open requests that are %s", (_name, requests, because) => {
    const parsed = parseLiveRecord(changed(records[0], ["engine", "requests"], requests));
    expect(parsed).toMatchObject({ kind: "odd", because: expect.stringContaining(because) });
  });

  test("reports the position of a faulty open request of an older version", () => {
    const old = changed(changed(records[0], ["recordVersion"], 2), ["engine", "requests"], [{ key: "x" }]);
    expect(parseLiveRecord(old)).toMatchObject({
      kind: "odd",
      because: expect.stringMatching(/^engine\.requests\[0\]/),
    });
  });
});

function requestOfServer(server: number): unknown {
  return [1, server, 0, 1, 1, null, { fileKey: 1, offset: 0 }, null, [7, 1, 1, 1, 1, 1, 0], null, null];
}
