import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { startServe, until, watchedProcess, type DaemonProcess } from "./daemon-process.ts";
import { PROGRAM } from "../program.ts";

const WAIT_MS = 30_000;
jest.setTimeout(180_000);
let folder = "";
const running: DaemonProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hma-state-"));
  mkdirSync(join(folder, "farm", "EX01", "LogFiles", "W3SVC1"), { recursive: true });
});
afterEach(async () => {
  for (const daemon of running.splice(0)) await daemon.kill();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const canIsolate = process.platform === "linux" && spawnSync("unshare", ["--pid", "--fork", "true"]).status === 0;
if (!canIsolate) console.log("Skipped: two containers: no process namespaces can be made here");

/** As in a container: process 1 of its own PID namespace, with the same host name as all others. */
function startContained(): DaemonProcess {
  const args = [
    "--farm",
    join(folder, "farm"),
    "--state",
    join(folder, "state"),
    "--web.listen-address",
    "127.0.0.1:0",
  ];
  const daemon = watchedProcess(
    spawn("unshare", ["--pid", "--fork", "--kill-child", "--mount-proc", process.execPath, PROGRAM, "serve", ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
  running.push(daemon);
  return daemon;
}

function start(): DaemonProcess {
  const daemon = startServe(join(folder, "farm"), join(folder, "state"));
  running.push(daemon);
  return daemon;
}

async function healthOf(url: string): Promise<string> {
  const answer = await fetch(`${url}/-/healthy`);
  return `${String(answer.status)} ${await answer.text()}`;
}

const record = (): string => readFileSync(join(folder, "state", "state.json"), "utf8");

describe("The state folder", () => {
  (canIsolate ? test : test.skip)("is refused to a second container of the same name, and process number", async () => {
    const first = startContained();
    await first.url;
    const second = startContained();
    await expect(second.url).rejects.toThrow(/Cannot use the state folder .* process 1 on .* uses it/);
    expect(await healthOf(await first.url)).toBe("200 Healthy\n");
  });

  (canIsolate ? test : test.skip)("is taken over from a container that was killed", async () => {
    const first = startContained();
    await first.url;
    await first.kill();
    await startContained().url;
  });

  test("is no longer written by a daemon that lost its lock, which reports it", async () => {
    const daemon = start();
    const url = await daemon.url;
    await until(
      async () => (existsSync(join(folder, "state", "state.json")) ? true : null),
      WAIT_MS,
      () => daemon.messages.join("\n"),
    );
    rmSync(join(folder, "state"), { recursive: true });
    mkdirSync(join(folder, "state"));
    const winner = JSON.stringify({ pid: 1, host: "elsewhere", token: "00000000-0000-4000-8000-000000000000" });
    writeFileSync(join(folder, "state", "lock"), winner);
    writeFileSync(join(folder, "state", "state.json"), "the winner's\n");
    await until(
      async () => ((await healthOf(url)).startsWith("503") ? true : null),
      WAIT_MS,
      () => daemon.messages.join("\n"),
    );
    expect(await healthOf(url)).toContain("elsewhere");
    expect(daemon.messages.filter((line) => line.includes("State folder lost"))).toHaveLength(1);
    await daemon.stop();
    expect(record()).toBe("the winner's\n");
    expect(readFileSync(join(folder, "state", "lock"), "utf8")).toBe(winner);
  });

  test.each(["deleted", "deleted and created again"])("is locked and written again when it was %s", async (how) => {
    const daemon = start();
    await daemon.url;
    await until(
      async () => (existsSync(join(folder, "state", "state.json")) ? true : null),
      WAIT_MS,
      () => daemon.messages.join("\n"),
    );
    rmSync(join(folder, "state"), { recursive: true });
    if (how.endsWith("again")) mkdirSync(join(folder, "state"));
    await until(
      async () => (existsSync(join(folder, "state", "lock")) ? true : null),
      WAIT_MS,
      () => daemon.messages.join("\n"),
    );
    await expect(start().url).rejects.toThrow("Cannot use the state folder");
    expect(await daemon.stop()).toBe(0);
    expect(record()).toContain("hma-exporter-state");
  });

  test("under /proc is refused with a reason, without hanging", async () => {
    const daemon = startServe(join(folder, "farm"), "/proc/hma-exporter");
    running.push(daemon);
    await expect(daemon.url).rejects.toThrow(
      /Cannot use the state folder "\/proc\/hma-exporter": no such file or folder/,
    );
  });
});
