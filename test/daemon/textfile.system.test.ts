import { execFile } from "node:child_process";
import { mkdtemp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "@jest/globals";
import { DEFAULT_CONFIG } from "../../src/config/default-config.ts";
import { startTextfile } from "../../src/daemon/textfile.ts";
import { writeFarm } from "../../src/commands/simulate-farm.ts";
import type { WebQueries } from "../../src/web/web-queries.ts";
import type { Logger } from "../../src/logging/open-logger.ts";
import { BARE_PLAN } from "../../src/simulator/plan.ts";
import { startServe, until } from "./daemon-process.ts";

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "hma-textfile-"));
  folders.push(folder);
  return folder;
}

function tellingLogger(): { readonly logger: Logger; readonly messages: string[] } {
  const messages: string[] = [];
  const tell = (message: string): void => {
    messages.push(message);
  };
  return {
    logger: { debug: tell, info: tell, warn: tell, error: tell, setLevel: () => undefined, close: async () => {} },
    messages,
  };
}

/** Returns a page whose number increases with each write. */
function countingPort(): WebQueries {
  let written = 0;
  return {
    serverNames: () => ["EX01"],
    metricsOf: () => [],
    exporterMetrics: () => [{ kind: "value", metric: "hma_exporter_clients_tracked", labels: {}, value: ++written }],
  } as unknown as WebQueries;
}

function configOf(folder: string, everyMs = 1): typeof DEFAULT_CONFIG {
  return { ...DEFAULT_CONFIG, textfile: { folder, everyMs } };
}

describe("startTextfile()", () => {
  test("replaces the whole file, so that no reader sees half a page", async () => {
    const folder = await tempFolder();
    const { logger, messages } = tellingLogger();
    const textfile = startTextfile({ inForce: () => configOf(folder), mode: "server", logger }, countingPort());
    const path = join(folder, "hma_exporter.prom");
    await until(
      () => readFile(path),
      10_000,
      () => "the first page",
    );
    const seen = new Set<string>();
    for (let reads = 0; reads < 20_000 && seen.size < 50; reads++) {
      const text = await readFile(path, "utf8");
      const value = /^hma_exporter_clients_tracked (\d+)$/m.exec(text)?.[1];
      expect([value === undefined, text.endsWith("\n"), text.startsWith("# HELP")]).toEqual([false, true, true]);
      seen.add(value ?? "");
      await new Promise(setImmediate);
    }
    expect(seen.size).toBeGreaterThan(1);
    await textfile.stop();
    expect(await readdir(folder)).toEqual([]);
    expect(messages).toEqual([]);
  });

  test("reports a missing folder once, and writes when the folder exists", async () => {
    const folder = join(await tempFolder(), "later");
    const { logger, messages } = tellingLogger();
    const textfile = startTextfile({ inForce: () => configOf(folder), mode: "server", logger }, countingPort());
    await until(
      async () => messages[0] ?? null,
      10_000,
      () => "a message",
    );
    await mkdir(folder);
    await until(
      () => readFile(join(folder, "hma_exporter.prom")),
      10_000,
      () => "the page",
    );
    await textfile.stop();
    expect(messages).toEqual(["Text file not written"]);
  });

  test("writes nothing for a farm and reports it; without a configured folder it writes and reports nothing", async () => {
    const folder = await tempFolder();
    const { logger, messages } = tellingLogger();
    await startTextfile({ inForce: () => configOf(folder), mode: "central", logger }, countingPort()).stop();
    await startTextfile({ inForce: () => DEFAULT_CONFIG, mode: "server", logger }, countingPort()).stop();
    expect(await readdir(folder)).toEqual([]);
    expect(messages).toEqual([expect.stringMatching(/^Text file not written: it can hold one server/)]);
  });
});

test("serve --textfile writes the page of this server, which promtool accepts, and removes it when it stops", async () => {
  const folder = await tempFolder();
  const farm = join(folder, "farm");
  await writeFarm(farm, {
    ...BARE_PLAN,
    startMs: Date.now() - 1_800_000,
    durationMs: 1_200_000,
    clients: 20,
    requestsPerSecond: 0.5,
  });
  const [server = ""] = (await readdir(farm, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && entry.name !== "snapshots")
    .map((entry) => entry.name);
  const collected = join(folder, "collected");
  await mkdir(collected);
  const config = join(folder, "config.yml");
  await writeFile(
    config,
    JSON.stringify({
      server,
      keys: { enabled: false },
      paths: { iis: join(farm, server, "LogFiles"), exchange: join(farm, server, "Logging") },
      textfile: { every: "5s" },
    }),
  );
  const daemon = startServe("", join(folder, "state"), ["--config.file", config, "--textfile", collected]);
  try {
    const page = await until(
      async () => {
        const text = await readFile(join(collected, "hma_exporter.prom"), "utf8");
        return /^hma_requests_total\{.*\} [1-9]/m.test(text) ? text : null;
      },
      60_000,
      () => daemon.messages.join("\n"),
    );
    expect(page).toMatch(/^hma_exporter_build_info\{/m);
    // The node exporter has these metrics of its own, and refuses duplicates.
    expect(page).not.toMatch(/^(?:process|nodejs|go|promhttp)_/m);
    await checkMetrics(page);
    expect(await readdir(collected)).toEqual(["hma_exporter.prom"]);
  } finally {
    await daemon.stop();
  }
  expect(await readdir(collected)).toEqual([]);
});

/** Skipped if promtool is not installed. */
async function checkMetrics(page: string): Promise<void> {
  const running = promisify(execFile)("promtool", ["check", "metrics"]);
  running.child.stdin?.end(page);
  await running.catch((error: NodeJS.ErrnoException & { stderr?: string }) => {
    if (error.code !== "ENOENT") throw new Error(`promtool: ${String(error.stderr)}`);
    console.warn("promtool is not on the PATH: the page is not checked with it");
  });
}
