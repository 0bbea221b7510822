import { describe, expect, test } from "@jest/globals";
import { recyclesOf, type WorkerObservation } from "../../src/detectors/recycle.ts";
import type { AppPool } from "../../src/model/app-pool.ts";

const EWS: AppPool = "MSExchangeServicesAppPool";
const OWA: AppPool = "MSExchangeOWAAppPool";
const at = (seconds: number) => 1_000_000_000 + seconds * 1000;
interface Ended {
  readonly reason?: "crash" | "periodic" | "on_demand";
  readonly processId?: number;
  readonly appPool?: AppPool;
}
/** An event of WAS: a crash of process 4711 of the EWS pool, unless `ended` differs. */
const was = (seconds: number, label: string, ended: Ended = {}): WorkerObservation => ({
  kind: "was",
  atMs: at(seconds),
  appPool: EWS,
  processId: 4711,
  reason: "crash",
  label,
  ...ended,
});
const recovery = (seconds: number, label = "Managed Availability 500"): WorkerObservation => ({
  kind: "recovery",
  atMs: at(seconds),
  appPool: EWS,
  label,
});
const seen = (processId: number, first: number, last: number): WorkerObservation => ({
  kind: "process",
  appPool: EWS,
  processId,
  firstMs: at(first),
  lastMs: at(last),
  source: "ews",
});

function found(observations: WorkerObservation[]): [number, string, string][] {
  return recyclesOf(observations).map((one) => [(one.atMs - at(0)) / 1000, one.appPool, one.reason]);
}

describe("recyclesOf()", () => {
  const cases: { name: string; observations: WorkerObservation[]; want: [number, string, string][] }[] = [
    { name: "a crash", observations: [was(0, "WAS 5011")], want: [[0, EWS, "crash"]] },
    {
      name: "5009 and 5011 of one process are one crash",
      observations: [was(0, "WAS 5011"), was(1, "WAS 5009")],
      want: [[0, EWS, "crash"]],
    },
    {
      name: "two processes are two crashes",
      observations: [was(0, "WAS 5011", { processId: 1 }), was(3, "WAS 5011", { processId: 2 })],
      want: [
        [0, EWS, "crash"],
        [3, EWS, "crash"],
      ],
    },
    {
      name: "a Managed Availability action within a minute is the crash's reason",
      observations: [recovery(0), was(20, "WAS 5011"), recovery(25, "Managed Availability 501")],
      want: [[20, EWS, "managed_availability"]],
    },
    {
      name: "a Managed Availability action two minutes away is not",
      observations: [recovery(0), was(120, "WAS 5011")],
      want: [
        [0, EWS, "managed_availability"],
        [120, EWS, "crash"],
      ],
    },
    {
      name: "an on-demand recycle stays one",
      observations: [was(0, "WAS 5079", { reason: "on_demand", processId: 0 })],
      want: [[0, EWS, "on_demand"]],
    },
    { name: "the first process id is no recycle", observations: [seen(1, 0, 50)], want: [] },
    {
      name: "only a new process id is a recycle without an event",
      observations: [seen(1, 0, 50), seen(2, 60, 90)],
      want: [[60, EWS, "unknown"]],
    },
    {
      name: "a new process id after an event belongs to that event",
      observations: [seen(1, 0, 50), was(55, "WAS 5011"), seen(2, 3600, 4000)],
      want: [[55, EWS, "crash"]],
    },
    {
      name: "an overlapped old process is not a second one",
      observations: [seen(1, 0, 100), seen(2, 60, 200)],
      want: [[60, EWS, "unknown"]],
    },
    {
      name: "only an orphaned request",
      observations: [{ kind: "abandoned", atMs: at(5), appPool: EWS }],
      want: [[5, EWS, "crash"]],
    },
    {
      name: "an orphaned request, then a new process id",
      observations: [seen(1, 0, 4), { kind: "abandoned", atMs: at(5), appPool: EWS }, seen(2, 60, 90)],
      want: [[5, EWS, "crash"]],
    },
    {
      name: "an orphaned request and its event",
      observations: [was(4, "WAS 5011"), { kind: "abandoned", atMs: at(5), appPool: EWS }],
      want: [[4, EWS, "crash"]],
    },
  ];
  test.each(cases)("$name", ({ observations, want }) => {
    expect(found(observations)).toEqual(want);
    expect(found([...observations].reverse())).toEqual(want);
  });

  test("a boot replaces every worker once, and includes the start of the services", () => {
    const all = found([
      { kind: "boot", atMs: at(0), label: "Kernel-General 12" },
      { kind: "iis_reset", atMs: at(40), label: "SCM 7036" },
      was(-10, "WAS 5013"),
      seen(1, -500, -20),
      seen(2, 300, 400),
    ]);
    expect(all).toHaveLength(17);
    expect(new Set(all.map(([, , reason]) => reason))).toEqual(new Set(["reboot"]));
  });

  test("many app pools that crash at the same time are an iisreset", () => {
    const pools: AppPool[] = [EWS, OWA, "MSExchangeECPAppPool", "MSExchangeOABAppPool", "MSExchangeSyncAppPool"];
    expect(
      found(pools.map((pool, index) => was(index, "WAS 5009", { processId: 100 + index, appPool: pool }))).map(
        ([, , reason]) => reason,
      ),
    ).toEqual(pools.map(() => "iis_reset"));
  });
});

test("a recycle without an event is between the last row of the old process and the first row of the new one", () => {
  expect(recyclesOf([seen(1, 0, 50), seen(2, 60, 90)])).toMatchObject([{ sinceMs: at(50), atMs: at(60) }]);
  expect(recyclesOf([seen(1, 0, 70), seen(2, 60, 90)])).toMatchObject([{ sinceMs: at(60), atMs: at(60) }]);
});
