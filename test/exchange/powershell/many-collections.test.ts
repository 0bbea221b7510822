import { getEventListeners } from "node:events";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "@jest/globals";
import { runCollection } from "../../../src/exchange/powershell/run-collection.ts";

const FAKE_SHELL = fileURLToPath(new URL("./fake-shell.sh", import.meta.url));
const COLLECTIONS = 500;
const MEBIBYTE = 1024 * 1024;

const describeLinux = process.platform === "linux" ? describe : describe.skip;

describeLinux("runCollection(), 500 times", () => {
  test("leaks no memory, process, descriptor or listener", async () => {
    const { signal } = new AbortController();
    const run = () =>
      runCollection({ script: "/scripts/collect-nothing.ps1", executable: FAKE_SHELL, timeoutMs: 30_000, signal });
    for (let warmUp = 0; warmUp < 50; warmUp++) await run();
    const before = await footprint();
    const warnings: Error[] = [];
    const onWarning = (warning: Error): number => warnings.push(warning);
    process.on("warning", onWarning);
    for (let count = 0; count < COLLECTIONS; count++) expect((await run()).value).toEqual({ from: "fake" });
    process.off("warning", onWarning);
    const after = await footprint();
    expect(warnings).toEqual([]);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + 3);
    expect(after.children).toBe(before.children);
    expect(after.listeners).toBe(before.listeners);
    expect(after.heap - before.heap).toBeLessThan(8 * MEBIBYTE);
  }, 120_000);
});

async function footprint() {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  setFlagsFromString("--expose-gc");
  runInNewContext("gc()");
  return {
    heap: process.memoryUsage().heapUsed,
    descriptors: (await readdir("/proc/self/fd")).length,
    children: process.getActiveResourcesInfo().filter((name) => name === "ProcessWrap").length,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  };
}
