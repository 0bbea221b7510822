import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { htmlReport } from "../../src/report/report-html.ts";
import { errorReasons, reportJson, reportOf, type ReportSources } from "../../src/report/report-model.ts";
import { textReport } from "../../src/report/report-text.ts";
import type { AlertFinding } from "../../src/model/alert-finding.ts";
import type { Findings, IncidentFinding, LoopFinding } from "../../src/model/finding.ts";

const incident = (more: Partial<IncidentFinding>): IncidentFinding => ({
  id: "EX01-x",
  server: "EX01",
  appPool: "MSExchangeServicesAppPool",
  cause: "stale_keys_after_recycle",
  confidence: 0.9,
  start: "2026-11-16T08:00:00.000Z",
  end: "2026-11-16T08:20:00.400Z",
  clients: 2,
  rejections: 60,
  proven: true,
  evidence: [{ at: "2026-11-16T07:59:50.000Z", kind: "recycle", text: "worker replaced <crash>", source: "events" }],
  ...more,
});
const loop = (more: Partial<LoopFinding>): LoopFinding => ({
  server: "EX01",
  appPool: "MSExchangeServicesAppPool",
  protocol: "ews",
  client: "c1",
  start: "2026-11-16T08:00:00.000Z",
  end: "2026-11-16T08:20:00.000Z",
  rejections: 30,
  category: "invalid_signature",
  outcome: "recovered",
  ...more,
});
const FINDINGS: Findings = {
  servers: ["EX01", "EX02"],
  from: "2026-11-16T07:00:00.000Z",
  to: "2026-11-24T10:00:00.000Z",
  incidents: [
    incident({}),
    incident({
      server: "EX02",
      cause: "metadata_unreachable",
      start: "2026-11-24T08:00:00.000Z",
      end: "2026-11-24T08:50:00.000Z",
      clients: 1,
      rejections: 100,
    }),
  ],
  loops: [
    loop({}),
    loop({ client: "c2", end: "2026-11-16T08:10:30.000Z" }),
    loop({
      server: "EX02",
      start: "2026-11-24T08:00:00.000Z",
      end: "2026-11-24T08:50:00.000Z",
      outcome: "unresolved",
      rejections: 100,
    }),
  ],
  recycles: [{ server: "EX01", appPool: "MSExchangeServicesAppPool", at: "2026-11-16T07:59:50.000Z", reason: "crash" }],
  keyChanges: [{ kind: "entra_keys_published", at: "2026-11-16T07:30:00.000Z" }],
  accounting: [
    { server: "EX01", file: "LogFiles/W3SVC1/u_ex261116.log", bytes: 1_000, counted: 990, skipped: 10, rows: 12 },
  ],
};
const ALERT: AlertFinding = {
  alert: "HmaBearerLoopIncident",
  severity: "critical",
  server: "EX01",
  labels: { component: "bearer" },
  start: "2026-11-16T08:03:00.000Z",
  end: "2026-11-16T08:35:00.000Z",
  durationSeconds: 1_920,
  summary: "Clients are refused",
};
const SOURCES: ReportSources = {
  findings: FINDINGS,
  notes: {
    requests: { success: 5_000, rejected: 160 },
    bytes: 1_000,
    unreadableLines: 3,
    logGaps: [],
    showsWorkers: true,
    errors: [
      "Cannot read EX01/a.log: permission denied (EACCES)",
      "Cannot read EX01/b.log: permission denied (EACCES)",
      "Cannot read EX02/c: no such file or folder (ENOENT)",
    ],
    snapshots: 2,
  },
  compliance: {
    at: "2026-11-24T09:00:00.000Z",
    results: [
      {
        check: "read_session",
        title: "The flag is on",
        severity: "critical",
        object: "organisation",
        verdict: "fail",
        found: "False",
        wanted: "True",
        because: null,
        remedy: "Set-OrganizationConfig -EnableAuthAdminReadSession:$true",
      },
    ],
  },
  backtest: { rules: 29, pages: 1, alerts: [ALERT] },
  history: null,
};
const QUIET: ReportSources = {
  ...SOURCES,
  findings: { ...FINDINGS, incidents: [], loops: [], recycles: [], keyChanges: [] },
  backtest: null,
  compliance: { at: null, results: [] },
  notes: { ...SOURCES.notes, errors: [] },
};
const EMPTY: ReportSources = {
  ...QUIET,
  findings: {
    servers: [],
    from: null,
    to: null,
    incidents: [],
    loops: [],
    recycles: [],
    keyChanges: [],
    accounting: [],
  },
};

describe("the numbers of a report", () => {
  const report = reportOf(SOURCES);

  test("count everything once", () => {
    expect(report.summary).toEqual({
      incidents: 2,
      incidentsOverBound: 1,
      longestIncidentSeconds: 3_000,
      loops: 3,
      loopsRecovered: 2,
      clients: 2,
      clientMinutes: 80.5,
      users: { loops: 3, clients: 2, clientMinutes: 80.5, loopRefusals: 160 },
      strangers: { loops: 0, clients: 0, clientMinutes: 0, loopRefusals: 0 },
      refusals: 160,
      recycles: 1,
      keyChanges: 1,
      alerts: 1,
      pages: 1,
    });
  });

  test("weeks begin on Monday", () => {
    expect(
      report.weeks.map(({ week, incidents, loops, clients, clientMinutes, recycles }) => [
        week,
        incidents,
        loops,
        clients,
        clientMinutes,
        recycles,
      ]),
    ).toEqual([
      ["2026-11-16", 1, 2, 2, 30.5, 1],
      ["2026-11-23", 1, 1, 1, 50, 0],
    ]);
  });

  test("JSON keeps the findings unchanged, and adds the other data next to them", () => {
    const json = reportJson(report);
    expect(json).toMatchObject({ ...FINDINGS });
    expect(json["summary"]).toEqual(report.summary);
    expect(json["alerts"]).toEqual([ALERT]);
    expect(Object.keys(reportJson(reportOf(QUIET)))).not.toContain("alerts");
  });

  test("errors are grouped by reason with counts", () => {
    expect(errorReasons(SOURCES.notes.errors)).toEqual([
      { reason: "permission denied (EACCES)", count: 2 },
      { reason: "no such file or folder (ENOENT)", count: 1 },
    ]);
    expect(textReport(report)).toContain(
      "Not read   3: 2 permission denied (EACCES), 1 no such file or folder (ENOENT); all else was read",
    );
  });
});

describe("text and page", () => {
  const report = reportOf(SOURCES);
  const text = textReport(report);
  const page = htmlReport(report, { version: "0.1.0" });

  test("contain the same numbers", () => {
    const { clients, clientMinutes, incidents, incidentsOverBound } = report.summary;
    expect(text).toContain(
      `Lost       ${clients} clients, ${clientMinutes} client-minutes; ${incidentsOverBound} of ${incidents} ` +
        "incidents took longer than 30 minutes",
    );
    expect(page).toContain(`${incidents} incidents on 2 servers: ${clients} clients lost ${clientMinutes} minutes`);
    expect(text).toContain("you would have been paged once; 2 clients, 80.5 client-minutes (1 alert of 29 rules)");
    expect(page).toContain("You would have been paged once</strong>; 2 clients, 80.5 client-minutes");
    for (const length of ["20m", "50m"]) {
      expect(text).toContain(length);
      expect(page).toContain(`>${length}</span>`);
    }
    for (const week of report.weeks) for (const form of [text, page]) expect(form).toContain(week.week);
    // On the page, a path may break after its slashes.
    for (const { server, file } of FINDINGS.accounting)
      for (const form of [text, page.replaceAll("<wbr />", "")]) expect(form).toContain(`${server}/${file}`);
    for (const { found } of SOURCES.compliance.results) for (const form of [text, page]) expect(form).toContain(found);
  });

  test("the page loads nothing, runs no script, and escapes all text", () => {
    expect(page).not.toMatch(/<script|(?:src|href|srcset|action)="(?!#|data:)|url\(|@import|<link rel="stylesheet"/);
    expect(page).toContain("worker replaced &lt;crash&gt;");
    // One landmark per name.
    const names = [
      ...page.matchAll(/<h2 id="[^"]*">([^<]*)</g),
      ...page.matchAll(/role="region" aria-label="([^"]*)"/g),
    ];
    expect(new Set(names.map(([, name]) => name)).size).toBe(names.length);
  });

  test("a quiet time and an empty folder are reported as such", () => {
    expect(htmlReport(reportOf(QUIET), { version: "0.1.0" })).toContain("No client was refused again and again");
    expect(htmlReport(reportOf(EMPTY), { version: "0.1.0" })).toContain("No log row was read");
    expect(textReport(reportOf(EMPTY))).toContain("nothing read");
  });
});

const CHROMIUM = "/usr/bin/chromium";
const LONG_NAME = "exchange-mailbox-server-0001.contoso.example";

(existsSync(CHROMIUM) ? describe : describe.skip)("the page in a browser", () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hma-report-"));
    // The first key change is at the left edge.
    const edge = { kind: "entra_keys_published", at: "2026-11-16T07:00:00.000Z" } as const;
    const renamed = <T extends { readonly server: string }>(list: readonly T[]): readonly T[] =>
      list.map((one) => ({ ...one, server: LONG_NAME }));
    for (const [name, sources] of [
      ["full", { ...SOURCES, findings: { ...FINDINGS, keyChanges: [edge] } }],
      [
        "named",
        {
          ...SOURCES,
          findings: {
            ...FINDINGS,
            servers: [LONG_NAME, "EX02"],
            incidents: renamed(FINDINGS.incidents),
            recycles: renamed(FINDINGS.recycles),
            keyChanges: [edge],
          },
        },
      ],
      [
        "sixty",
        {
          ...SOURCES,
          findings: {
            ...FINDINGS,
            servers: Array.from({ length: 60 }, (_, index) => `EX${String(index + 1).padStart(2, "0")}`),
          },
        },
      ],
      ["quiet", QUIET],
      ["empty", EMPTY],
    ] as const)
      await writeFile(join(folder, `${name}.html`), htmlReport(reportOf(sources), { version: "0.1.0" }));
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(
    name: string,
    { width, colorScheme }: { width: number; colorScheme: "light" | "dark" },
    look: (page: Page) => Promise<void>,
  ): Promise<void> {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
    const page = await context.newPage();
    const complaints: string[] = [];
    const address = `file://${join(folder, `${name}.html`)}`;
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => complaints.push(message.text()));
    page.on(
      "request",
      (request) => request.url() === address || request.url().startsWith("data:") || complaints.push(request.url()),
    );
    await page.goto(address);
    await look(page);
    await context.close();
    expect(complaints).toEqual([]);
  }

  test.each(
    ["full", "quiet", "empty"].flatMap(
      (name) =>
        [
          [name, "light", 1200],
          [name, "dark", 390],
          [name, "light", 320],
        ] as const,
    ),
  )(
    "%s in %s at %i pixels has no error, loads nothing, and is not wider than the window",
    async (name, colorScheme, width) => {
      await open(name, { width, colorScheme }, async (page) => {
        expect(await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")).toBe(true);
        expect(await page.locator("h1").count()).toBe(1);
        expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe(
          colorScheme === "light" ? "rgb(246, 247, 249)" : "rgb(18, 22, 29)",
        );
      });
    },
  );

  test("is accessible: headings in order, every drawing named, every table labelled", async () => {
    await open("full", { width: 1200, colorScheme: "light" }, async (page) => {
      const levels = (await page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3')].map((heading) => Number(heading.tagName[1]))",
      )) as number[];
      expect(levels.every((level, index) => level <= (levels[index - 1] ?? 0) + 1)).toBe(true);
      expect(
        await page.evaluate(
          "[...document.querySelectorAll('svg')].filter((svg) => !svg.hasAttribute('aria-hidden') && " +
            "!svg.getAttribute('aria-label')).length",
        ),
      ).toBe(0);
      expect(
        await page.evaluate(
          "[...document.querySelectorAll('table')].filter((table) => !table.getAttribute('aria-label')).length",
        ),
      ).toBe(0);
      const ids = (await page.evaluate(
        "[...document.querySelectorAll('[id]')].map((element) => element.id)",
      )) as string[];
      expect(new Set(ids).size).toBe(ids.length);
    });
  });

  const OVERLAPS = `(() => {
    const marks = [...document.querySelectorAll("#timeline ~ .chart svg :is(.key, .keyMark, .grid, .refusal, .incident, .recycle)")];
    const boxes = marks.map((mark) => mark.getBoundingClientRect());
    return [...document.querySelectorAll("svg text.name")].filter((name) => {
      const { left, right } = name.getBoundingClientRect();
      return boxes.some((box) => box.right > left && box.left < right);
    }).map((name) => name.textContent);
  })()`;

  test.each(["full", "named"])("no mark of the timeline overlaps a server's name: %s", async (name) => {
    await open(name, { width: 1200, colorScheme: "light" }, async (page) => {
      expect(await page.locator("svg text.name").count()).toBe(2);
      expect(await page.evaluate(OVERLAPS)).toEqual([]);
    });
  });

  test("in a large farm, the timeline shows only servers with something to draw", async () => {
    await open("sixty", { width: 1200, colorScheme: "light" }, async (page) => {
      expect(await page.locator("svg text.name").allTextContents()).toEqual(["EX01", "EX02"]);
      expect(await page.locator("main").innerText()).toContain(
        "58 servers without a refusal, an incident or a recycle are left out.",
      );
    });
  });

  test("prints in black on white, with the timeline as wide as the paper", async () => {
    await open("full", { width: 700, colorScheme: "dark" }, async (page) => {
      await page.emulateMedia({ media: "print" });
      expect(await page.evaluate("getComputedStyle(document.body).color")).toBe("rgb(0, 0, 0)");
      expect(
        await page.evaluate(
          "[...document.querySelectorAll('.chart')].every((chart) => chart.scrollWidth <= chart.clientWidth)",
        ),
      ).toBe(true);
    });
  });
});
