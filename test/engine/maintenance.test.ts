import { expect, test } from "@jest/globals";
import { createMaintenanceLook, isInMaintenance } from "../../src/engine/maintenance.ts";
import { parseSnapshot } from "../../src/model/snapshot/parse-snapshot.ts";
import type { Snapshot } from "../../src/model/snapshot/snapshot.ts";

const AT = "2026-11-22T08:00:00Z";
const AT_MS = Date.parse(AT);

interface Case {
  readonly name: string;
  readonly component: string;
  readonly state: string | number;
  /** Age of the snapshot. */
  readonly ageMs: number;
  readonly server: string;
  readonly wanted: boolean | null;
}

const cases: readonly Case[] = [
  {
    name: "a server at work",
    component: "ServerWideOffline",
    state: "Active",
    ageMs: 0,
    server: "EX01",
    wanted: false,
  },
  {
    name: "a server in maintenance",
    component: "ServerWideOffline",
    state: "Inactive",
    ageMs: 0,
    server: "EX01",
    wanted: true,
  },
  {
    name: "a server that drains",
    component: "ServerWideOffline",
    state: "Draining",
    ageMs: 0,
    server: "EX01",
    wanted: true,
  },
  {
    name: "different case and the full name",
    component: "serverwideoffline",
    state: "inactive",
    ageMs: 0,
    server: "ex01.contoso.example",
    wanted: true,
  },
  {
    name: "a single component that is inactive",
    component: "HubTransport",
    state: "Inactive",
    ageMs: 0,
    server: "EX01",
    wanted: null,
  },
  {
    name: "a state that is a number",
    component: "ServerWideOffline",
    state: "1",
    ageMs: 0,
    server: "EX01",
    wanted: null,
  },
  { name: "another server", component: "ServerWideOffline", state: "Inactive", ageMs: 0, server: "EX02", wanted: null },
  {
    name: "a snapshot of two hours before",
    component: "ServerWideOffline",
    state: "Inactive",
    ageMs: 7_200_000,
    server: "EX01",
    wanted: true,
  },
  {
    name: "a snapshot of more than two hours before",
    component: "ServerWideOffline",
    state: "Inactive",
    ageMs: 7_200_001,
    server: "EX01",
    wanted: null,
  },
];

test.each(cases)("isInMaintenance() of $name", ({ component, state, ageMs, server, wanted }) => {
  const { snapshot } = parseSnapshot({
    at: AT,
    componentStates: [{ Server: "EX01", Component: component, State: state }],
  });
  expect(isInMaintenance(snapshot, server, AT_MS + ageMs)).toBe(wanted);
});

test("isInMaintenance() of a server with all client protocols drained, and of one with a single one drained", () => {
  const drained = (names: readonly string[]): boolean | null => {
    const proxies = ["EwsProxy", "MapiProxy", "AutoDiscoverProxy", "ActiveSyncProxy", "ServerWideOffline"];
    const componentStates = proxies.map((Component) => ({
      Server: "EX01",
      Component,
      State: names.includes(Component) ? "Inactive" : "Active",
    }));
    return isInMaintenance(parseSnapshot({ at: AT, componentStates }).snapshot, "EX01", AT_MS);
  };
  expect(drained(["EwsProxy", "MapiProxy", "AutoDiscoverProxy", "ActiveSyncProxy"])).toBe(true);
  expect(drained(["EwsProxy"])).toBe(false);
});

test("isInMaintenance() is unknown without a snapshot", () => {
  expect(isInMaintenance(null, "EX01", AT_MS)).toBeNull();
});

test("createMaintenanceLook() answers for each server and snapshot as isInMaintenance() does, in any order", () => {
  const snapshotOf = (state: string): Snapshot =>
    parseSnapshot({
      at: AT,
      componentStates: [
        { Server: "EX01", Component: "ServerWideOffline", State: state },
        { Server: "EX02", Component: "ServerWideOffline", State: "Active" },
      ],
    }).snapshot;
  const snapshots = [snapshotOf("Active"), snapshotOf("Inactive"), null];
  const look = createMaintenanceLook();
  for (const at of [0, 1, 0, 2, 1, 1]) {
    const snapshot = snapshots[at] ?? null;
    for (const server of ["EX01", "EX02", "EX03"])
      for (const nowMs of [AT_MS, AT_MS + 7_200_001])
        expect(look(snapshot, server, nowMs)).toBe(isInMaintenance(snapshot, server, nowMs));
  }
  expect([0, 1].map((at) => look(snapshots[at] ?? null, "EX01", AT_MS))).toEqual([false, true]);
});
