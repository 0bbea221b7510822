import { getEventListeners } from "node:events";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "@jest/globals";
import { runCollection, type CollectionOptions } from "../../../src/exchange/powershell/run-collection.ts";
import { until } from "../../daemon/daemon-process.ts";
import { repetitions } from "../../soak.ts";

const FAKE_SHELL = fileURLToPath(new URL("./fake-shell.sh", import.meta.url));
const COLLECTIONS = repetitions({ usual: 30, soak: 300 });
/** Maximum number of finished collections that may still be reachable from the stack: the last ones. */
const STILL_HELD = 5;

/** A leaked child process is reported after this time, as a difference of the footprints. */
const CLOSING_MS = 30_000;

const describeLinux = process.platform === "linux" ? describe : describe.skip;

describeLinux(`runCollection(), ${COLLECTIONS} times`, () => {
  test("leaks no memory, process, descriptor or listener", async () => {
    const { signal } = new AbortController();
    const used: WeakRef<object>[] = [];
    const warnings: Error[] = [];
    const onWarning = (warning: Error): number => warnings.push(warning);
    // The first run loads what the others share.
    await collect(signal, []);
    const before = await footprint();
    process.on("warning", onWarning);
    for (let count = 0; count < COLLECTIONS; count++) await collect(signal, used);
    process.off("warning", onWarning);
    const after = await footprint();
    expect(warnings).toEqual([]);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect(after).toEqual(before);
    expect(used).toHaveLength(2 * COLLECTIONS);
    expect(used.filter((one) => one.deref() !== undefined).length).toBeLessThanOrEqual(2 * STILL_HELD);
  }, 900_000);

  test("the test detects a leak if a collection keeps something", async () => {
    const used: WeakRef<object>[] = [];
    const held: object[] = [];
    const { signal } = new AbortController();
    for (let count = 0; count < 2 * STILL_HELD; count++) held.push(await collect(signal, used));
    await footprint();
    expect(used.filter((one) => one.deref() !== undefined).length).toBeGreaterThanOrEqual(2 * STILL_HELD);
    expect(held).toHaveLength(2 * STILL_HELD);
  }, 900_000);
});

/** Collects once, and stores weak references to its input, which every closure of a collection references, and to its output. */
async function collect(signal: AbortSignal, used: WeakRef<object>[]): Promise<object> {
  const options: CollectionOptions = {
    script: "/scripts/collect-nothing.ps1",
    executable: FAKE_SHELL,
    timeoutMs: 600_000,
    signal,
  };
  const reply = await runCollection(options);
  expect(reply.value).toEqual({ from: "fake" });
  used.push(new WeakRef(options), new WeakRef(reply));
  return options;
}

const children = (): number => process.getActiveResourcesInfo().filter((name) => name === "ProcessWrap").length;

/** Resources of the process after everything finished is closed and garbage-collected. */
async function footprint() {
  // A busy machine reports the end of a process late.
  await until(
    () => Promise.resolve(children() === 0 ? true : null),
    CLOSING_MS,
    () => `${children()} child processes still open`,
  ).catch(() => null);
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  setFlagsFromString("--expose-gc");
  runInNewContext("gc()");
  return {
    descriptors: (await readdir("/proc/self/fd")).length,
    children: children(),
    timers: process.getActiveResourcesInfo().filter((name) => name === "Timeout").length,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  };
}
