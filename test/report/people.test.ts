import { describe, expect, test } from "@jest/globals";
import { renderCheckReport } from "../../src/report/check-report.ts";
import { htmlReport } from "../../src/report/report-html.ts";
import { reportJson, reportOf } from "../../src/report/report-model.ts";
import { textReport } from "../../src/report/report-text.ts";
import type { LoopFinding } from "../../src/model/finding.ts";
import { reportSources } from "./report-sources.ts";
import { bareNumbers, shownText } from "../shown-text.ts";

const MANY = 2_345;
const SOURCES = reportSources(MANY);
const { loops } = SOURCES.findings;
const [incident] = SOURCES.findings.incidents;
if (incident === undefined) throw new Error("No incident");

describe("numbers and times in a report", () => {
  const report = reportOf(SOURCES);
  const text = textReport(report);
  const page = shownText(htmlReport(report, { version: "0.1.0" }));

  test("bareNumbers() reports a number without separators, but no year, name or address", () => {
    expect(
      bareNumbers("1183 refusals of 12,345 on 2026-11-16, 16 Nov 2026, W3SVC10001, u_ex261116.log, c1234"),
    ).toEqual(["1183"]);
  });

  test("separates thousands everywhere", () => {
    expect(bareNumbers(text)).toEqual([]);
    expect(bareNumbers(page)).toEqual([]);
    expect(text).toContain("7,654,321 refusals");
  });

  test("writes each time with its day and without milliseconds", () => {
    expect(text).toContain("2026-11-16 23:57:50");
    expect(text).toContain("2026-11-17 00:01:07");
    expect(page).toContain("2026-11-17 00:01:07");
    for (const shown of [text, page]) expect(shown).not.toMatch(/\d:\d\d\.\d|\dT\d\d:/);
  });

  test("the report of the checks does the same", () => {
    const checks = renderCheckReport(SOURCES.compliance.results, {
      collectedAtMs: Date.parse("2026-11-24T09:00:00.125Z"),
      server: null,
      faults: loops.map(({ client }) => client),
    });
    expect(bareNumbers(checks)).toEqual([]);
    expect(checks).toContain("collected 2026-11-24 09:00:00 UTC");
  });
});

describe("users' loss apart from strangers", () => {
  const [first] = loops;
  if (first === undefined) throw new Error("No loop");
  const junk = [1, 2, 3].map((index) => ({ ...first, client: `junk${index}`, category: "invalid_token" as const }));
  const unknown = { ...first, client: "stranger", category: "invalid_user" as const };
  const of = (own: readonly LoopFinding[]): ReturnType<typeof reportOf> =>
    reportOf({
      ...SOURCES,
      findings: { ...SOURCES.findings, incidents: [incident], loops: own },
      history: {
        resolutionMs: 60_000,
        fromMs: Date.parse("2026-11-16T07:00:00Z"),
        toMs: Date.parse("2026-11-24T10:00:00Z"),
        servers: ["EX01"],
        series: [
          counted("hma_requests_total", { result: "rejected" }, 1_010),
          counted("hma_bearer_rejections_total", { category: "invalid_token" }, 1_000),
        ],
      },
    });
  const counted = (metric: string, labels: Readonly<Record<string, string>>, value: number) => ({
    metric,
    sample: metric,
    initial: 0,
    server: "EX01",
    labels,
    steps: () => [{ atMs: Date.parse("2026-11-17T00:01:00Z"), value }],
  });

  test("the headline, the tiles and the text show the loss of users", () => {
    const report = of([first, ...junk, unknown]);
    expect(report.summary).toMatchObject({
      clients: 5,
      users: { loops: 1, clients: 1, clientMinutes: 22 },
      strangers: { loops: 4, clients: 4, clientMinutes: 88 },
    });
    expect(reportJson(report)["summary"]).toEqual(report.summary);
    const page = shownText(htmlReport(report, { version: "0.1.0" })).replaceAll(/\s+/g, " ");
    expect(page).toContain("1 incident on 1 server: 1 client lost 22 minutes to refused Bearer tokens");
    expect(page).toContain("strangers refused (without access) 4");
    const text = textReport(report);
    expect(text).toMatch(/^Lost +1 client, 22 client-minutes/m);
    expect(text).toMatch(/^Strangers +4 clients without access/m);
  });

  test("an incident with only strangers is not a loss of users", () => {
    const page = shownText(htmlReport(of(junk), { version: "0.1.0" })).replaceAll(/\s+/g, " ");
    expect(page).toContain("of strangers alone: no user's client was refused again and again");
  });

  test("without strangers, the report does not mention them", () => {
    const report = of([first]);
    expect(textReport(report)).not.toContain("Strangers");
    expect(htmlReport(report, { version: "0.1.0" })).not.toContain("strangers refused");
  });

  test("the timeline's scale is that of users' refusals", () => {
    const page = htmlReport(of([first, ...junk]), { version: "0.1.0" });
    expect(shownText(page).replaceAll(/\s+/g, " ")).toContain("the highest means 10 refusals in a minute");
    expect(page).toMatch(/class="stranger"/);
  });
});
