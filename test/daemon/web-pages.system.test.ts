import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import type { Findings, IncidentFinding } from "../../src/model/finding.ts";
import { until } from "./daemon-process.ts";
import { PROGRAM } from "../program.ts";

const CHROMIUM = "/usr/bin/chromium";
/** If set, a folder in which the tests keep screenshots. */
const SCREENSHOTS = process.env["SCREENSHOTS"];
/** Text of the page's script after it has fetched the page again. */
const RENEWED = "Updates itself every 10 seconds.";
const seen = existsSync(CHROMIUM) ? describe : describe.skip;

seen("the pages of the live demo, in a browser", () => {
  const folder = mkdtempSync(join(tmpdir(), "hma-pages-"));
  let demo: ChildProcess;
  let browser: Browser;
  let url = "";
  let open: IncidentFinding;

  beforeAll(async () => {
    demo = spawn(process.execPath, [PROGRAM, "demo", "--web.listen-address=127.0.0.1:0", "--dir", folder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface({ input: demo.stdout ?? process.stdin });
    for await (const line of lines) {
      url = /^The exporter is at (\S+)$/.exec(line)?.[1] ?? "";
      if (url !== "") break;
    }
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
    // The demo's worker crashes after twenty seconds; wait until its refusals have lasted a while.
    open = await until(
      async () => {
        const findings: Findings = JSON.parse(await (await fetch(`${url}/api/v1/incidents`)).text());
        return (
          findings.incidents.find(({ end, clients, confidence }) => end === null && clients >= 5 && confidence > 0.6) ??
          null
        );
      },
      180_000,
      () => "no open incident",
    );
  }, 240_000);

  afterAll(async () => {
    await browser?.close();
    demo.kill("SIGTERM");
    if (demo.exitCode === null) await once(demo, "exit");
    rmSync(folder, { recursive: true, force: true });
  });

  const paths = (): Readonly<Record<string, string>> => ({
    status: "/",
    incidents: "/incidents",
    incident: `/incidents/${open.id}`,
  });

  interface View {
    readonly name: string;
    readonly width: number;
    readonly colorScheme: "light" | "dark";
  }

  /** Opens a page and passes it to `look`. The page must have no error and send no request to another host. */
  async function view({ name, width, colorScheme }: View, look: (page: Page) => Promise<void>): Promise<void> {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, acceptDownloads: true });
    const page = await context.newPage();
    // A busy machine takes its time.
    page.setDefaultTimeout(120_000);
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on(
      "console",
      (message) => (message.type() === "error" || message.type() === "warning") && complaints.push(message.text()),
    );
    page.on(
      "request",
      (request) => request.url().startsWith(url) || request.url().startsWith("data:") || complaints.push(request.url()),
    );
    page.on(
      "response",
      (response) => response.status() >= 400 && complaints.push(`${response.url()} ${response.status()}`),
    );
    await page.goto(url + (paths()[name] ?? ""));
    await look(page);
    if (SCREENSHOTS !== undefined) {
      mkdirSync(SCREENSHOTS, { recursive: true });
      await page.screenshot({ path: join(SCREENSHOTS, `${name}-${colorScheme}-${width}.png`), fullPage: true });
    }
    await context.close();
    expect(complaints).toEqual([]);
  }

  const VIEWS = [
    ["status", 1200, "light"],
    ["status", 390, "dark"],
    ["incidents", 1200, "dark"],
    ["incidents", 390, "light"],
    ["incident", 1200, "light"],
    ["incident", 390, "dark"],
    ["incident", 320, "light"],
  ] as const;
  // Each page refreshes itself every ten seconds; all seven are open at once, so the test waits only once.
  let opened: Promise<void>[] | undefined;
  const openViews = (): Promise<void>[] =>
    (opened ??= VIEWS.map(async ([name, width, colorScheme]) => {
      const checked = view({ name, width, colorScheme }, (page) => checkPage(page, { name, width }));
      // The test of this view reports the fault.
      checked.catch(() => undefined);
      return checked;
    }));

  test.each(VIEWS.map(([name, width, colorScheme], at) => ({ name, width, colorScheme, at })))(
    "$name at $width pixels, $colorScheme, has no error, loads nothing external, and is not wider than the window",
    async ({ at }) => openViews()[at],
  );

  test("the incident's page links to log rows with the content it states", async () => {
    await view({ name: "incident", width: 1200, colorScheme: "light" }, async (page) => {
      // The incident is in progress, and a refresh between reading a row's title and its command would move the rows.
      await page.locator("#pause").click();
      const rows = page.getByRole("table", { name: "Log rows" }).getByRole("row");
      expect(await rows.count()).toBeGreaterThan(4);
      const printed: string[] = [];
      for (const row of (await rows.all()).slice(1)) {
        const what = await row.getByRole("cell").nth(1).innerText();
        await row.getByText("Print it").click();
        const command = await row.locator("pre").last().innerText();
        printed.push(
          `${what}: ${execFileSync("sh", ["-c", command], { cwd: join(folder, "farm"), encoding: "utf8" }).trim()}`,
        );
      }
      expect(printed[0]).toMatch(/^Worker replaced: <Event.*>5011</);
      for (const refusal of printed.filter((line) => line.includes("refusal")))
        expect(refusal).toMatch(/^(?:First|Last) refusal of a loop: \d{4}-\d\d-\d\d.*\b401\b/);
    });
  });

  test("the bundle can be downloaded and opened with unzip", async () => {
    await view({ name: "incident", width: 1200, colorScheme: "light" }, async (page) => {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("link", { name: "Download the data" }).click(),
      ]);
      expect(download.suggestedFilename()).toBe(`hma-${open.id}.zip`);
      const zip = join(folder, "bundle.zip");
      await download.saveAs(zip);
      expect(readFileSync(zip).length).toBeLessThan(200_000);
      expect(execFileSync("unzip", ["-p", zip, `hma-${open.id}/README.txt`], { encoding: "utf8" })).toContain(
        "Stale signing keys after a recycle on EX01",
      );
    });
  });
});

/** Checks that the page fits the window, folded and unfolded, and refreshes itself from the live daemon without an error. */
async function checkPage(
  page: Page,
  { name, width }: { readonly name: string; readonly width: number },
): Promise<void> {
  const fits = "document.documentElement.scrollWidth <= window.innerWidth";
  const renewal = page.waitForResponse((response) => response.request().resourceType() === "fetch");
  expect(await page.evaluate(fits)).toBe(true);
  expect(await page.locator("h1").count()).toBe(1);
  expect((await renewal).ok()).toBe(true);
  await page.locator("#freshness", { hasText: RENEWED }).waitFor();
  const folds = await page.evaluate<boolean[]>('[...document.querySelectorAll("details")].map((fold) => fold.open)');
  await page.evaluate('for (const fold of document.querySelectorAll("details")) fold.open = true');
  expect(await page.evaluate(fits)).toBe(true);
  if (name === "incident" && SCREENSHOTS !== undefined && existsSync(SCREENSHOTS))
    await page.screenshot({ path: join(SCREENSHOTS, `${name}-unfolded-${width}.png`), fullPage: true });
  await page.evaluate(
    `[...document.querySelectorAll("details")].forEach((fold, at) => { fold.open = ${JSON.stringify(folds)}[at] ?? false; })`,
  );
}
