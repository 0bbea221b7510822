import { describe, expect, test } from "@jest/globals";
import { activationsBetween } from "../../src/detectors/activation.ts";
import { parseSnapshot } from "../../src/model/snapshot/parse-snapshot.ts";
import type { Snapshot } from "../../src/model/snapshot/snapshot.ts";

function snapshot(states: Readonly<Record<string, string>>, server = "EX01"): Snapshot {
  const componentStates = Object.entries(states).map(([Component, State]) => ({ Server: server, Component, State }));
  return parseSnapshot({ snapshotVersion: 1, at: "2026-11-22T08:00:00Z", componentStates }).snapshot;
}

describe("activationsBetween()", () => {
  test.each([
    [
      "a server back from maintenance",
      snapshot({ EwsProxy: "Inactive", MapiProxy: "Draining", RpcProxy: "Active" }),
      snapshot({ EwsProxy: "Active", MapiProxy: "Active", RpcProxy: "Active" }, "ex01.contoso.com"),
      ["active again on ex01: EwsProxy, MapiProxy"],
    ],
    [
      "one component",
      snapshot({ EwsProxy: "Inactive" }),
      snapshot({ EwsProxy: "Active" }),
      ["active again on EX01: EwsProxy"],
    ],
    ["into maintenance", snapshot({ EwsProxy: "Active" }), snapshot({ EwsProxy: "Inactive" }), []],
    ["not seen before", snapshot({}), snapshot({ EwsProxy: "Active" }), []],
    ["another server", snapshot({ EwsProxy: "Inactive" }, "EX02"), snapshot({ EwsProxy: "Active" }), []],
  ])("%s", (_name, before, after, texts) => {
    expect(activationsBetween(before, after).map((activation) => activation.text)).toEqual(texts);
  });
});
