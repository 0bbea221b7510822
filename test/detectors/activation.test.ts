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
    {
      name: "a server back from maintenance",
      before: snapshot({ EwsProxy: "Inactive", MapiProxy: "Draining", RpcProxy: "Active" }),
      after: snapshot({ EwsProxy: "Active", MapiProxy: "Active", RpcProxy: "Active" }, "ex01.contoso.com"),
      texts: ["active again on ex01: EwsProxy, MapiProxy"],
    },
    {
      name: "one component",
      before: snapshot({ EwsProxy: "Inactive" }),
      after: snapshot({ EwsProxy: "Active" }),
      texts: ["active again on EX01: EwsProxy"],
    },
    {
      name: "into maintenance",
      before: snapshot({ EwsProxy: "Active" }),
      after: snapshot({ EwsProxy: "Inactive" }),
      texts: [],
    },
    { name: "not seen before", before: snapshot({}), after: snapshot({ EwsProxy: "Active" }), texts: [] },
    {
      name: "another server",
      before: snapshot({ EwsProxy: "Inactive" }, "EX02"),
      after: snapshot({ EwsProxy: "Active" }),
      texts: [],
    },
  ])("$name", ({ before, after, texts }) => {
    expect(activationsBetween(before, after).map((activation) => activation.text)).toEqual(texts);
  });
});
