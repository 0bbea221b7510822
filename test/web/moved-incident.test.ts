import { describe, expect, test } from "@jest/globals";
import { movedIncident } from "../../src/web/moved-incident.ts";
import { fakeQueries, FINDINGS, OPEN_INCIDENT, withApp } from "./web-fixture.ts";

const incident = (id: string, start: string, end: string | null) => ({ ...OPEN_INCIDENT, id, start, end });
const MORNING = incident(
  "EX01-MSExchangeServicesAppPool-20261122T080500Z",
  "2026-11-22T08:05:00.000Z",
  "2026-11-22T08:31:00.000Z",
);
const LATER = incident("EX01-MSExchangeServicesAppPool-20261122T093000Z", "2026-11-22T09:30:00.000Z", null);
const OTHER = incident("EX02-MSExchangeServicesAppPool-20261122T081000Z", "2026-11-22T08:10:00.000Z", null);
const ALL = [MORNING, LATER, OTHER];

describe("movedIncident()", () => {
  test.each([
    ["a time at which it was open", "EX01-MSExchangeServicesAppPool-20261122T081000Z", MORNING],
    ["a time before its start", "EX01-MSExchangeServicesAppPool-20261122T080000Z", MORNING],
    ["a time of one that is still open", "EX01-MSExchangeServicesAppPool-20261122T101000Z", LATER],
    ["another server", "EX02-MSExchangeServicesAppPool-20261122T081100Z", OTHER],
    ["another app pool", "EX01-MSExchangeMapiFrontEndAppPool-20261122T081000Z", undefined],
    ["a time far from any incident", "EX01-MSExchangeServicesAppPool-20261121T080500Z", undefined],
    ["an invalid time", "EX01-MSExchangeServicesAppPool-20269999T999999Z", undefined],
    ["no id", "nothing", undefined],
  ])("returns the right incident, or undefined, for %s", (_, id, expected) => {
    expect(movedIncident(ALL, id)).toBe(expected);
  });
});

describe("GET /incidents/:id of an incident whose start was moved by late rows", () => {
  test("redirects to the current incident", async () => {
    await withApp(fakeQueries({ findings: () => ({ ...FINDINGS, incidents: ALL }) }), async ({ port }) => {
      const answer = await fetch(`http://127.0.0.1:${port}/incidents/EX01-MSExchangeServicesAppPool-20261122T081000Z`, {
        redirect: "manual",
      });
      expect([answer.status, answer.headers.get("location")]).toEqual([302, `/incidents/${MORNING.id}`]);
      expect((await fetch(`http://127.0.0.1:${port}/incidents/nothing`)).status).toBe(404);
    });
  });
});

describe("GET /servers/:name", () => {
  test("shows how to silence its alerts", async () => {
    await withApp(fakeQueries(), async ({ port }) => {
      const text = await (await fetch(`http://127.0.0.1:${port}/servers/EX01`)).text();
      expect(text).toContain("amtool silence add &#39;instance=&quot;EX01&quot;&#39;");
    });
  });
});
