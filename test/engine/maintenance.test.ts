import { expect, test } from "@jest/globals";
import { isInMaintenance } from "../../src/engine/maintenance.ts";
import { parseSnapshot } from "../../src/model/snapshot/parse-snapshot.ts";

const AT = "2026-11-22T08:00:00Z";
const AT_MS = Date.parse(AT);

const cases: readonly [string, string, string | number, number, string, boolean | null][] = [
  ["a server at work", "ServerWideOffline", "Active", 0, "EX01", false],
  ["a server in maintenance", "ServerWideOffline", "Inactive", 0, "EX01", true],
  ["a server that drains", "ServerWideOffline", "Draining", 0, "EX01", true],
  ["different case and the full name", "serverwideoffline", "inactive", 0, "ex01.contoso.example", true],
  ["a single component that is inactive", "HubTransport", "Inactive", 0, "EX01", null],
  ["a state that is a number", "ServerWideOffline", "1", 0, "EX01", null],
  ["another server", "ServerWideOffline", "Inactive", 0, "EX02", null],
  ["a snapshot of two hours before", "ServerWideOffline", "Inactive", 7_200_000, "EX01", true],
  ["a snapshot of more than two hours before", "ServerWideOffline", "Inactive", 7_200_001, "EX01", null],
];

test.each(cases)("isInMaintenance() of %s", (_, component, state, ageMs, server, wanted) => {
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
