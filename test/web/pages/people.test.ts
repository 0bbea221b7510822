import { describe, expect, test } from "@jest/globals";
import type { Findings } from "../../../src/model/finding.ts";
import type { WebStatus } from "../../../src/web/web-queries.ts";
import { bareNumbers, shownText } from "../../shown-text.ts";
import { fakeQueries, FINDINGS, OPEN_INCIDENT, STATUS, withApp } from "../web-fixture.ts";

const MANY = 2_345;
const start = OPEN_INCIDENT.start;
const many = <T>(one: (index: number) => T): readonly T[] => Array.from({ length: MANY }, (_, index) => one(index));
const [result] = STATUS.compliance?.results ?? [];
if (result === undefined) throw new Error("The fixture has no check");

const FINDINGS_OF_MANY: Findings = {
  ...FINDINGS,
  incidents: [
    { ...OPEN_INCIDENT, clients: MANY, rejections: 7_654_321 },
    ...many((index) => ({ ...OPEN_INCIDENT, id: `EX02-${index}`, end: start, clients: MANY, rejections: MANY })),
  ],
  loops: FINDINGS.loops.map((loop) => ({ ...loop, rejections: MANY })),
  recycles: many(() => ({ server: "EX01", appPool: "MSExchangeOABAppPool", at: start, reason: "config_change" })),
};
const STATUS_OF_MANY: WebStatus = {
  ...STATUS,
  servers: STATUS.servers.map((server) => ({
    ...server,
    sources: server.sources.map((source) => ({ ...source, files: MANY, unreadableLines: 7_654_321 })),
  })),
  exposure: { kind: "exposed", missingKeys: MANY, since: "2026-11-22T07:00:00.000Z" },
  compliance: {
    at: "2026-11-22T07:30:00.125Z",
    results: [
      ...many((index) => ({ ...result, object: `object ${index % 900}` })),
      ...many(() => ({ ...result, verdict: "pass" as const })),
      ...many(() => ({ ...result, verdict: "unknown" as const })),
    ],
  },
};

describe("numbers and times on the pages", () => {
  const queries = fakeQueries({ findings: () => FINDINGS_OF_MANY, status: () => STATUS_OF_MANY });

  test.each(["/", "/incidents", `/incidents/${OPEN_INCIDENT.id}`, "/servers/EX01"])(
    "%s separates thousands, and shows no milliseconds",
    async (path) => {
      await withApp(queries, async ({ url }) => {
        const text = shownText(await (await fetch(url + path)).text());
        expect(bareNumbers(text.replaceAll(/\b(98765|1234567|2345678)\b/g, ""))).toEqual([]);
        expect(text).not.toMatch(/\d:\d\d\.\d|\dT\d\d:/);
      });
    },
  );
});
