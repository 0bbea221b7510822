import { describe, expect, test } from "@jest/globals";
import type { Findings, IncidentFinding } from "../../../src/model/finding.ts";
import type { WebStatus } from "../../../src/web/web-queries.ts";
import { recoveringSince } from "../../../src/markup/recovery.ts";
import { freshnessOf, silenceText } from "../../../src/web/pages/freshness.ts";
import { statusPage } from "../../../src/web/pages/status-page.ts";
import { FINDINGS, OPEN_INCIDENT, QUIET, STATUS } from "../web-fixture.ts";

const SAFE: WebStatus = { ...STATUS, exposure: { kind: "safe" } };

function headlineOf(status: WebStatus, findings: Findings): string {
  const page = statusPage({ base: "", status, findings, telemetryPath: "/metrics" });
  return /<p id="headline" class="headline (.*?)<\/p>/s.exec(page)?.[1]?.replace('">', ": ") ?? "";
}

function withNewest(lastEventAt: string | null, name = "EX01"): WebStatus["servers"][number] {
  const source = { format: "http_proxy", files: 1, lastEventAt, lagSeconds: null, unreadableLines: 0 } as const;
  // Rows of other logs do not show whether requests are still logged.
  return { name, sources: [source, { ...source, format: "events", lastEventAt: STATUS.now }] };
}

describe("the headline of the status page", () => {
  const fresh = withNewest(STATUS.now, "EX02");

  test.each([
    {
      name: "all is fresh",
      servers: [fresh],
      findings: QUIET,
      headline: "good: No client is being refused again and again",
    },
    {
      name: "a server is silent for longer than its alert waits",
      servers: [fresh, withNewest("2026-11-22T08:04:59.000Z")],
      findings: QUIET,
      headline: "warn: No news from 1 server, the longest silent since 2026-11-22 08:04:59 UTC",
    },
    {
      name: "a server is silent, but not for long",
      servers: [withNewest("2026-11-22T08:05:01.000Z")],
      findings: QUIET,
      headline: "good: No client is being refused again and again",
    },
    {
      name: "a server has no request yet",
      servers: [fresh, withNewest(null)],
      findings: QUIET,
      headline: "warn: No request of 1 server has been read yet",
    },
    { name: "there is no server", servers: [], findings: QUIET, headline: "warn: No server is monitored" },
    {
      name: "an incident is open",
      servers: [withNewest(null)],
      findings: FINDINGS,
      headline: "bad: 1 incident open on 1 server: clients are being refused again and again",
    },
    {
      name: "an incident recovers",
      servers: [fresh],
      findings: { ...FINDINGS, loops: FINDINGS.loops.map((loop) => ({ ...loop, end: "2026-11-22T08:18:00.000Z" })) },
      headline: "warn: 1 incident open on 1 server, recovering: no client is refused any more",
    },
  ])("when $name", ({ servers, findings, headline }) => {
    expect(headlineOf({ ...SAFE, servers }, findings)).toBe(headline);
  });
});

test("freshnessOf() returns stale servers first, the oldest first", () => {
  const servers = [
    withNewest(STATUS.now, "EX01"),
    withNewest("2026-11-22T07:00:00.000Z", "EX02"),
    withNewest("2026-11-22T06:00:00.000Z", "EX03"),
    withNewest(null, "EX04"),
  ];
  expect(freshnessOf(servers, STATUS.now).map(({ server, isStale }) => [server.name, isStale])).toEqual([
    ["EX04", true],
    ["EX03", true],
    ["EX02", true],
    ["EX01", false],
  ]);
  expect(silenceText({ servers: servers.slice(0, 1), now: STATUS.now })).toBeNull();
});

describe("recoveringSince()", () => {
  const [, loop] = FINDINGS.loops;
  const own = { ...(loop as Findings["loops"][number]) };

  test.each([
    ["a loop is open", [own], null],
    [
      "all loops have ended: the last end",
      [
        { ...own, end: "2026-11-22T08:15:00.000Z" },
        { ...own, end: "2026-11-22T08:17:00.000Z" },
      ],
      "2026-11-22T08:17:00.000Z",
    ],
    [
      "another pool's loop is open",
      [
        { ...own, end: "2026-11-22T08:15:00.000Z" },
        { ...own, server: "EX02" },
      ],
      "2026-11-22T08:15:00.000Z",
    ],
    ["no loop is known", [], null],
  ])("when %s", (_name, loops, since) => {
    expect(recoveringSince(OPEN_INCIDENT, { loops })).toBe(since);
  });

  test("is null for an ended incident", () => {
    expect(recoveringSince({ ...OPEN_INCIDENT, end: STATUS.now }, { loops: [] })).toBeNull();
  });
});

test("the card of an open incident shows the first action and the strongest evidence", () => {
  const late: IncidentFinding["evidence"] = Array.from({ length: 12 }, (_, index) => ({
    at: `2026-11-22T08:18:${String(index).padStart(2, "0")}.000Z`,
    kind: "first_bearer",
    text: `of little weight ${index}`,
    source: "http_proxy",
  }));
  const incident = { ...OPEN_INCIDENT, evidence: [...OPEN_INCIDENT.evidence, ...late] };
  const page = statusPage({
    base: "",
    status: SAFE,
    findings: { ...FINDINGS, incidents: [incident] },
    telemetryPath: "/m",
  });
  expect(page).toContain("<strong>First action:</strong> Write the published keys to AD");
  expect(page).toContain("Set-AuthServer -RefreshAuthMetadata");
  for (const text of ["worker replaced (crash, WAS 5011)", "A published key is missing in AD", "1,234 refusals"])
    expect(page).toContain(text);
});
