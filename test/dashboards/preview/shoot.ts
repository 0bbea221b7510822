import { execFile } from "node:child_process";
import { cp, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { chromium } from "playwright-core";
import type { Dashboard } from "@grafana/schema";
import { panelsOf, PROJECT, readBoards, targetsOf } from "../board-files.ts";
import { interpolated, openingLook, runTarget, type Look } from "../grafana-query.ts";
import { queryRange, type Answered } from "../prometheus.ts";
import { WEEK } from "../simulated-week.ts";
import { startWeekStore } from "../week-store.ts";

/**
 * Takes pictures of the boards over the simulated week, drawn with Grafana's own components in Chromium.
 *
 *     HMA_WEEK_FINE_HOURS=7 npx node test/dashboards/preview/shoot.ts [--board hma-fleet] [--prometheus URL] [--mode light]
 *         [--output FOLDER] [--height PIXELS]
 *
 * For development: not part of the tests. It installs its packages below node_modules/.cache the first time.
 */
const { values: flags } = parseArgs({
  options: {
    board: { type: "string" },
    prometheus: { type: "string" },
    mode: { type: "string", default: "dark" },
    output: { type: "string", default: join(PROJECT, "docs/screenshots") },
    height: { type: "string" },
  },
});

const CACHE = join(PROJECT, "node_modules/.cache/hma-preview");
const CHROMIUM = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const run = promisify(execFile);

interface Marks {
  readonly colour: string;
  /** Milliseconds. */
  readonly spans: readonly (readonly [number, number])[];
}

async function main(): Promise<void> {
  const script = await bundle();
  const store =
    flags.prometheus === undefined ? await startWeekStore() : { url: flags.prometheus, stop: () => Promise.resolve() };
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: CHROMIUM });
  try {
    await mkdir(flags.output, { recursive: true });
    for (const [file, board] of readBoards()) {
      if (flags.board !== undefined && board.uid !== flags.board) continue;
      const look = openingLook(board, WEEK.to, board.uid === "hma-server" ? "EX02" : ".+");
      // The data covers only the week.
      const within: Look = { ...look, from: Math.max(look.from, WEEK.from) };
      const answers = await answersOf(store.url, board, within);
      const annotations = await marksOf(store.url, board, within);
      const page = await browser.newPage({ viewport: { width: 1632, height: 900 } });
      page.on("pageerror", (error) => {
        console.error(`${file}: ${error.stack ?? error.message}`);
      });
      await page.route("http://preview.invalid/**", async (route) => {
        const path = new URL(route.request().url()).pathname;
        if (path === "/")
          return route.fulfill({
            contentType: "text/html",
            body:
              "<!doctype html><meta charset=utf-8><body style='margin:0'><div id=root></div><link rel=stylesheet " +
              "href=page.css><script src=data.js></script><script src=page.js></script>",
          });
        if (path === "/data.js")
          return route.fulfill({
            contentType: "text/javascript",
            body: `window.PREVIEW = ${JSON.stringify({ board, answers, annotations, look: within, mode: flags.mode })}`,
          });
        if (path === "/page.js") return route.fulfill({ contentType: "text/javascript", body: script.code });
        if (path === "/page.css") return route.fulfill({ contentType: "text/css", body: script.css });
        // Sample: /public/build/img/icons/unicons/info-circle.svg
        const icon = /\/img\/icons\/(.+\.svg)$/.exec(path);
        return icon === null
          ? route.abort()
          : route.fulfill({
              contentType: "image/svg+xml",
              path: join(CACHE, "node_modules/@grafana/ui/dist/public/img/icons", icon[1]!),
            });
      });
      page.setDefaultTimeout(240_000);
      await page.goto("http://preview.invalid/");
      await page.waitForFunction("window.DRAWN === true");
      await page.waitForTimeout(2_000);
      const path = join(flags.output, file.replace(".json", `${flags.mode === "dark" ? "" : `-${flags.mode}`}.png`));
      const height = (await page.evaluate("document.getElementById('root').scrollHeight")) as number;
      await page.setViewportSize({
        width: 1632,
        height: flags.height === undefined ? height + 8 : Number(flags.height),
      });
      await page.waitForTimeout(1_500);
      await page.screenshot({ path });
      // Fewer colours make the file three times smaller; without pngquant, the picture is used as it is.
      await run("pngquant", ["--force", "--ext", ".png", "--quality", "80-98", "--speed", "1", path]).catch(
        () => undefined,
      );
      console.log(path, (await stat(path)).size);
      await page.close();
    }
  } finally {
    await browser.close();
    await store.stop();
  }
}

async function answersOf(
  url: string,
  board: Dashboard,
  look: Look,
): Promise<Record<number, readonly (readonly Answered[])[]>> {
  const answers: Record<number, readonly (readonly Answered[])[]> = {};
  for (const panel of panelsOf(board))
    answers[panel.id ?? 0] = await Promise.all(
      targetsOf(panel).map((target) => runTarget(url, { panel, target }, look)),
    );
  return answers;
}

/** Annotations as time spans: single times from values, or runs of steps with a value above 0. */
async function marksOf(url: string, board: Dashboard, look: Look): Promise<readonly Marks[]> {
  const step = Math.max(30, Math.ceil((look.to - look.from) / 1000));
  const marks: Marks[] = [];
  for (const annotation of (board.annotations?.list ?? []) as readonly {
    readonly builtIn?: number;
    readonly enable?: boolean;
    readonly expr?: string;
    readonly iconColor: string;
    readonly useValueForTime?: boolean;
  }[]) {
    if (annotation.builtIn === 1 || annotation.enable === false || annotation.expr === undefined) continue;
    const series = await queryRange(url, interpolated(annotation.expr, step, look), {
      from: look.from,
      to: look.to,
      step,
    });
    const spans = series.flatMap(({ values }) =>
      spansOf(
        values
          .filter(([, value]) => Number(value) > 0)
          .map(([at, value]) => (annotation.useValueForTime === true ? Number(value) : at * 1000)),
        step * 1000,
      ),
    );
    marks.push({ colour: annotation.iconColor, spans });
  }
  return marks;
}

function spansOf(instants: readonly number[], step: number): readonly (readonly [number, number])[] {
  const spans: [number, number][] = [];
  for (const at of instants) {
    const last = spans.at(-1);
    if (last !== undefined && last[1] + step >= at) last[1] = at;
    else spans.push([at, at]);
  }
  return spans;
}

async function bundle(): Promise<{ readonly code: string; readonly css: string }> {
  await mkdir(CACHE, { recursive: true });
  const wanted = await readFile(join(import.meta.dirname, "package.json"), "utf8");
  const installed = await readFile(join(CACHE, "package.json"), "utf8").catch(() => "");
  if (installed !== wanted) {
    await writeFile(join(CACHE, "package.json"), wanted);
    await run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: CACHE });
  }
  // Below the cache folder, so that its packages are found.
  await mkdir(join(CACHE, "source/preview"), { recursive: true });
  await cp(join(import.meta.dirname, "page.jsx"), join(CACHE, "source/preview/page.jsx"));
  for (const name of ["grafana-frames.ts"])
    await cp(join(import.meta.dirname, "..", name), join(CACHE, "source", name));
  await writeFile(
    join(CACHE, "source/board-files.ts"),
    "export function targetsOf(panel) { return panel.targets ?? []; }\n",
  );
  await run(
    join(CACHE, "node_modules/.bin/esbuild"),
    [
      "source/preview/page.jsx",
      "--bundle",
      "--format=iife",
      "--outfile=out/page.js",
      '--define:process.env.NODE_ENV="production"',
      "--define:global=window",
      "--loader:.svg=dataurl",
      "--loader:.woff2=empty",
      "--loader:.woff=empty",
      "--loader:.ttf=empty",
      "--log-level=error",
    ],
    { cwd: CACHE },
  );
  return {
    code: await readFile(join(CACHE, "out/page.js"), "utf8"),
    css: await readFile(join(CACHE, "out/page.css"), "utf8").catch(() => ""),
  };
}

await main();
