import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { existsSync, mkdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import axe, { type AxeResults } from "axe-core";
import { chromium, type Browser } from "playwright-core";
import { htmlReport } from "../../src/report/report-html.ts";
import { reportOf } from "../../src/report/report-model.ts";
import type { Listener } from "../../src/web/listen.ts";
import { reportSources } from "../report/report-sources.ts";
import { serveViews, VIEWS } from "./views.ts";

const CHROMIUM = "/usr/bin/chromium";
/** A folder for pictures of everything that is checked; unset for none. */
const SCREENSHOTS = process.env["SCREENSHOTS"];
/** Time limit of a picture, long enough for a busy machine. Milliseconds */
const PICTURE_MS = 120_000;
/** Colours are examined in three of four looks: they depend on the mode, and what else can be wrong depends on the width alone. */
const LOOKS = [
  { mode: "light", width: 1440, rules: {} },
  { mode: "light", width: 390, rules: { "color-contrast": { enabled: false } } },
  { mode: "dark", width: 390, rules: {} },
  { mode: "dark", width: 1440, runOnly: ["color-contrast"] },
] as const;

(existsSync(CHROMIUM) ? describe : describe.skip)("axe-core in Chromium", () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hma-axe-"));
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
    });
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** The violations of a page for every colour scheme and width, each with its rule, colour scheme, width and element. */
  async function violations(name: string, url: string): Promise<readonly string[]> {
    const found: string[] = [];
    // Without transitions, because a colour would be measured in the middle of its change.
    const page = await browser.newPage({ reducedMotion: "reduce" });
    page.setDefaultTimeout(PICTURE_MS);
    await page.goto(url);
    await page.evaluate(axe.source);
    for (const { mode, width, ...chosen } of LOOKS) {
      await page.emulateMedia({ colorScheme: mode });
      await page.setViewportSize({ width, height: 900 });
      const run = `axe.run(document, ${JSON.stringify({ resultTypes: ["violations"], ...chosen })})`;
      const results = await page.evaluate<Pick<AxeResults, "violations">>(run);
      for (const { id, nodes } of results.violations)
        found.push(...nodes.map(({ target }) => `${id} (${mode}, ${width}): ${target.join(" ")}`));
      if (SCREENSHOTS === undefined) continue;
      mkdirSync(SCREENSHOTS, { recursive: true });
      await page.screenshot({
        path: join(SCREENSHOTS, `${name}-${mode}-${width}.png`),
        fullPage: true,
        timeout: PICTURE_MS,
      });
    }
    await page.close();
    return found;
  }

  test.each(Object.keys(VIEWS))("finds no violation in the pages of %s", async (name) => {
    await serveViews(name, async ({ url }: Listener, paths) => {
      const found: string[] = [];
      for (const path of paths) {
        const faults = await violations(`${name}${path.replaceAll("/", "-")}`, url + path);
        found.push(...faults.map((fault) => `${path}: ${fault}`));
      }
      expect(found).toEqual([]);
    });
  });

  test.each([
    ["report", reportSources(12)],
    ["report-of-many", reportSources(50)],
    [
      "report-of-nothing",
      { ...reportSources(0), findings: { ...reportSources(0).findings, from: null, to: null, servers: [] } },
    ],
  ] as const)("finds no violation in %s", async (name, sources) => {
    const file = join(folder, `${name}.html`);
    await writeFile(file, htmlReport(reportOf(sources), { version: "0.1.0" }));
    expect(await violations(name, pathToFileURL(file).href)).toEqual([]);
  });

  test("reports a picture without a name, and text without contrast", async () => {
    const file = join(folder, "bad.html");
    const body = `<main><h1>Bad</h1><img src="data:,"><p style="color:#aaa;background:#fff">pale</p></main>`;
    await writeFile(file, `<!DOCTYPE html><html lang="en"><head><title>Bad</title></head><body>${body}</body></html>`);
    const rules = (await violations("bad", pathToFileURL(file).href)).map((one) => one.split(" ")[0]);
    expect([...new Set(rules)].sort()).toEqual(["color-contrast", "image-alt"]);
  });
});
