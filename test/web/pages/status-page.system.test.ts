import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import type { Findings } from "../../../src/model/finding.ts";
import type { Listener } from "../../../src/web/listen.ts";
import type { WebStatus } from "../../../src/web/web-queries.ts";
import { fakeQueries, FINDINGS, OPEN_INCIDENT, QUIET, STATUS, withApp } from "../web-fixture.ts";

const CHROMIUM = "/usr/bin/chromium";
/** If set, a folder in which the tests keep screenshots. */
const SCREENSHOTS = process.env["SCREENSHOTS"];
const seen = existsSync(CHROMIUM) ? describe : describe.skip;

seen("the pages in a browser", () => {
  let browser: Browser;

  beforeAll(async () => {
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
  afterAll(() => browser.close());

  interface View {
    readonly listener: Listener;
    readonly path: string;
    readonly colorScheme?: "light" | "dark";
    readonly width?: number;
    readonly javaScriptEnabled?: boolean;
  }

  /** Opens a path and passes the page to `look`; the page must have no error and send no request to another host. */
  async function open(
    { listener, path, colorScheme = "light", width = 1200, javaScriptEnabled = true }: View,
    look: (page: Page) => Promise<void>,
  ): Promise<void> {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 }, javaScriptEnabled });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on(
      "request",
      (request) =>
        request.url().startsWith(listener.url) || request.url().startsWith("data:") || complaints.push(request.url()),
    );
    await page.goto(listener.url + path);
    await look(page);
    if (SCREENSHOTS !== undefined) {
      mkdirSync(SCREENSHOTS, { recursive: true });
      await page.screenshot({
        path: join(
          SCREENSHOTS,
          `${path.replaceAll("/", "-")}-${colorScheme}-${width}${javaScriptEnabled ? "" : "-plain"}.png`,
        ),
        fullPage: true,
      });
    }
    await context.close();
    expect(complaints).toEqual([]);
  }

  test.each([
    ["/", "light", 1200],
    ["/", "dark", 1200],
    ["/", "light", 390],
    ["/incidents", "light", 1200],
    ["/incidents", "dark", 390],
    [`/incidents/${OPEN_INCIDENT.id}`, "light", 1200],
    [`/incidents/${OPEN_INCIDENT.id}`, "dark", 390],
  ] as const)(
    "%s in %s at %i pixels has no error, loads nothing external, and is not wider than the window",
    async (path, colorScheme, width) => {
      await withApp(fakeQueries(), (listener) =>
        open({ listener, path, colorScheme, width }, async (page) => {
          expect(await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")).toBe(true);
          expect(await page.locator("h1").count()).toBe(1);
          expect(await contrastFaults(page)).toEqual([]);
        }),
      );
    },
  );

  test.each(["/", "/incidents", `/incidents/${OPEN_INCIDENT.id}`, "/servers/EX01", "/config"])(
    "%s on a phone breaks no word that fits on a line, and a log takes few lines",
    async (path) => {
      await withApp(fakeQueries(), (listener) =>
        open({ listener, path, width: 390 }, async (page) => {
          expect(await brokenWords(page)).toEqual([]);
          expect(await page.evaluate(TALL_LOGS)).toEqual([]);
        }),
      );
    },
  );

  test("brokenWords() reports a broken word, but none that may break", async () => {
    const page = await browser.newPage({ viewport: { width: 390, height: 300 } });
    const words = (markup: string): Promise<unknown> =>
      page
        .setContent(`<main style="width:20ch;font-family:monospace;overflow-wrap:anywhere">${markup}</main>`)
        .then(() => brokenWords(page));
    expect(await words("<p style='word-break:break-all'>label MSExchangeAppPool</p>")).toEqual(["MSExchangeAppPool"]);
    expect(await words("<p>label MSExchangeAppPool</p><p>EX01/Logging/<wbr>HttpProxy.LOG</p>")).toEqual([]);
    // Longer than any line, so it has to break.
    expect(await words("<p>MSExchangeMapiFrontEndAppPool</p>")).toEqual([]);
    await page.close();
  });

  test("shows first whether clients are being refused", async () => {
    const says = async (status: WebStatus, findings: Findings): Promise<string> => {
      let headline = "";
      await withApp(fakeQueries({ status: () => status, findings: () => findings }), (listener) =>
        open({ listener, path: "/" }, async (page) => {
          headline = await page.locator("#headline").innerText();
        }),
      );
      return headline;
    };
    expect(await says(STATUS, FINDINGS)).toBe("1 incident open on 1 server: clients are being refused again and again");
    expect(await says(STATUS, QUIET)).toBe(
      "No client is being refused, but a new worker would refuse Bearer tokens now",
    );
    expect(await says({ ...STATUS, exposure: { kind: "safe" } }, QUIET)).toBe(
      "No client is being refused again and again",
    );
    const [loop] = FINDINGS.loops;
    const refused = { ...QUIET, loops: loop === undefined ? [] : [{ ...loop, end: null, outcome: null }] };
    expect(await says({ ...STATUS, exposure: { kind: "safe" } }, refused)).toBe(
      "1 client is being refused again and again: too few for an incident",
    );
    expect(await says(STATUS, refused)).toBe(
      "1 client is being refused again and again: too few for an incident, and a new worker would refuse Bearer tokens now",
    );
    expect(
      await says(
        { ...STATUS, exposure: { kind: "unknown", because: "No snapshot has been read." }, servers: [] },
        QUIET,
      ),
    ).toBe("No server is monitored");
  });

  test("a long path of an empty farm folder is not wider than a phone", async () => {
    const notice = `The farm folder "/srv/${"exchange/".repeat(12)}" contains no server's logs.`;
    const status = { ...STATUS, servers: [], notices: [notice], watched: notice };
    await withApp(fakeQueries({ status: () => status, findings: () => QUIET }), (listener) =>
      open({ listener, path: "/", width: 390 }, async (page) => {
        expect(await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")).toBe(true);
      }),
    );
  });

  test("workers replaced by one event are one finding", async () => {
    const [recycle] = FINDINGS.recycles;
    if (recycle === undefined) throw new Error("no recycle");
    const reset = { ...recycle, server: "EX02", reason: "iis_reset" } as const;
    const recycles = [
      recycle,
      ...(["MSExchangeServicesAppPool", "MSExchangeSyncAppPool", "MSExchangeOABAppPool"] as const).map((appPool) => ({
        ...reset,
        appPool,
      })),
    ];
    await withApp(fakeQueries({ findings: () => ({ ...QUIET, recycles }) }), (listener) =>
      open({ listener, path: "/" }, async (page) => {
        const rows = await page.locator('table[aria-label="Last findings"] tbody tr').allInnerTexts();
        expect(rows.map((row) => row.split("\t").slice(1))).toEqual([
          ["Worker replaced: crash", "EX01, MSExchangeServicesAppPool"],
          ["Workers replaced: iis reset", "EX02, 3 app pools"],
        ]);
      }),
    );
  });

  test("the folds of many servers are side by side on a desktop, and below each other on a phone", async () => {
    const [server] = STATUS.servers;
    if (server === undefined) throw new Error("no server");
    const servers = Array.from({ length: 60 }, (_, index) => ({ ...server, name: `EX${100 + index}` }));
    const columnsAt = async (width: number): Promise<number> => {
      let columns = 0;
      await withApp(fakeQueries({ status: () => ({ ...STATUS, servers }) }), (listener) =>
        open({ listener, path: "/", width }, async (page) => {
          const lefts = (await page.evaluate(
            "[...document.querySelectorAll('details[id^=server-]')].map((fold) => fold.getBoundingClientRect().left)",
          )) as number[];
          columns = new Set(lefts).size;
          expect(await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")).toBe(true);
        }),
      );
      return columns;
    };
    expect(await columnsAt(1440)).toBe(3);
    expect(await columnsAt(390)).toBe(1);
  });

  test("links from the open incident to its page and back, by keyboard", async () => {
    await withApp(fakeQueries(), (listener) =>
      open({ listener, path: "/" }, async (page) => {
        await page.keyboard.press("Tab");
        expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the content");
        await page.locator("article h3 a").focus();
        await page.keyboard.press("Enter");
        await page.waitForURL(`**/incidents/${OPEN_INCIDENT.id}`);
        expect(await page.locator("h1").innerText()).toBe("Stale signing keys after a recycle on EX01");
        expect(await page.locator("nav a[aria-current]").innerText()).toBe("Incidents");
      }),
    );
  });

  test("refreshes itself, keeps folds and focus, announces changes, and stops on request", async () => {
    let findings = QUIET;
    await withApp(fakeQueries({ findings: () => findings }), (listener) =>
      open({ listener, path: "/" }, async (page) => {
        await page.clock.install();
        await page.reload();
        await page.locator("#server-EX02 summary").click();
        await page.locator("#server-EX02 summary").focus();
        findings = FINDINGS;
        await page.clock.runFor(11_000);
        await page.locator("article.card").waitFor();
        expect(await page.title()).toBe("(1) hma-exporter");
        expect(await page.locator("#server-EX02").getAttribute("open")).toBeNull();
        expect(await page.locator("#server-EX01").getAttribute("open")).not.toBeNull();
        expect(await page.locator("#said").innerText()).toContain("1 incident open");
        await page.locator("#pause").click();
        expect(await page.locator("#pause").getAttribute("aria-pressed")).toBe("true");
        findings = QUIET;
        await page.clock.runFor(60_000);
        expect(await page.locator("article.card").count()).toBe(1);
      }),
    );
  });

  test("shows everything without scripts", async () => {
    await withApp(fakeQueries(), (listener) =>
      open({ listener, path: "/", javaScriptEnabled: false }, async (page) => {
        expect(await page.locator("article.card").count()).toBe(1);
        expect(await page.locator("#pause").isVisible()).toBe(false);
      }),
    );
  });

  test("keeps table semantics for a screen reader on a phone", async () => {
    await withApp(fakeQueries(), (listener) =>
      open({ listener, path: "/incidents", width: 390 }, async (page) => {
        expect(await page.getByRole("table", { name: "Incidents" }).getByRole("row").count()).toBe(3);
        expect(await page.getByRole("columnheader", { name: "Cause" }).count()).toBe(1);
      }),
    );
  });
});

/** Runs in the browser: names of logs whose row is higher than a title and three lines of figures. */
const TALL_LOGS = `[...document.querySelectorAll("table[aria-label^='Logs of'] tbody tr")]
  .filter((row) => row.clientHeight / parseFloat(getComputedStyle(row).lineHeight) > 5)
  .map((row) => row.textContent)`;

/** Words broken over two lines although they fit on one. Lines may break after a slash, a hyphen and <wbr>. */
async function brokenWords(page: Page): Promise<unknown> {
  return page.evaluate(`(() => {
    const broken = [];
    const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      if (!node.parentElement.checkVisibility()) continue;
      let block = node.parentElement;
      while (getComputedStyle(block).display.startsWith("inline")) block = block.parentElement;
      for (const { 0: word, index } of node.data.matchAll(/[^\\s\\/\\\\-]+/g)) {
        const range = document.createRange();
        range.setStart(node, index);
        range.setEnd(node, index + word.length);
        const boxes = [...range.getClientRects()];
        const width = boxes.reduce((sum, box) => sum + box.width, 0);
        const style = getComputedStyle(block);
        const room = block.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
        if (new Set(boxes.map((box) => Math.round(box.top))).size > 1 && width < room) broken.push(word);
      }
    }
    return broken;
  })()`);
}

/** Texts with too little contrast to their background (WCAG AA, 4.5 to 1). */
async function contrastFaults(page: Page): Promise<unknown> {
  return page.evaluate(`(() => {
    const rgb = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((value) => value / 255).map((value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4).reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
    const behind = (element) => { for (let at = element; at; at = at.parentElement) { const color = rgb(getComputedStyle(at).backgroundColor); if (color.length === 3 || color[3] > 0) return color; } return [255, 255, 255]; };
    const faults = [];
    for (const element of document.querySelectorAll("body *")) {
      if (![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "") || element.closest("script, style, .skip")) continue;
      const [one, other] = [light(rgb(getComputedStyle(element).color)), light(behind(element))].sort((a, b) => b - a);
      if ((one + 0.05) / (other + 0.05) < 4.5) faults.push(element.outerHTML.slice(0, 80));
    }
    return faults;
  })()`);
}
