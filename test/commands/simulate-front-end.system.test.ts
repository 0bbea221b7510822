import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { once } from "node:events";
import { afterAll, expect, test } from "@jest/globals";
import { PROGRAM } from "../program.ts";

const folder = mkdtempSync(join(tmpdir(), "hma-simulate-front-end-"));
let simulation: ChildProcess | null = null;
afterAll(async () => {
  if (simulation !== null && simulation.exitCode === null) {
    const gone = once(simulation, "exit");
    simulation.kill("SIGINT");
    await gone;
  }
  rmSync(folder, { recursive: true, force: true });
});

function run(...args: readonly string[]): { readonly status: number | null; readonly text: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], { encoding: "utf8" });
  return { status, text: `${stdout}${stderr}` };
}

test("simulate --live --front-end can be probed with the configuration that it writes", async () => {
  const dir = join(folder, "probe");
  const args = ["simulate", join(folder, "farm"), "--live", "--clients", "20", "--servers", "2", "--front-end", dir];
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  simulation = child;
  const config = await new Promise<string>((resolve, reject) => {
    child.once("exit", () => {
      reject(new Error("The simulation ended before it listed its front ends"));
    });
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = /--config\.file (\S+) probes them$/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  // The keys of the simulated organisation are not on any server, so the only warning is that they cannot be fetched.
  expect(run("check-config", config)).toEqual({
    status: 0,
    text: expect.stringMatching(/^[^\n]+: no fault found\nWarning: keys\.enabled: [^\n]+\n$/),
  });
  const probed = run("probe", "--config.file", config);
  expect(probed.text).toMatch(
    /EX01 +ews +token +accepted +401 +missing +refused for what is checked after the signature/,
  );
  expect(probed.text).toMatch(/EX02 +mapi +challenge +offered +401 +- +Bearer is offered/);
  expect(probed.text).toContain("All verdicts are good");
  expect(probed.status).toBe(0);
}, 120_000);

test("simulate --live says that it runs, until when, and when each incident comes", async () => {
  const args = ["simulate", join(folder, "listed"), "--live", "--servers", "2", "--scenario", "stale-keys-crash"];
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const begunMs = Date.now();
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) if (lines.push(line) === 2) break;
  const gone = once(child, "exit");
  child.kill("SIGINT");
  await gone;
  expect(lines[0]).toMatch(
    /: the logs until now are written, and rows are added until \S+; Ctrl-C ends it before\. All times are UTC$/,
  );
  const [, at = ""] = /^ {2}(\S+) {2}stale-keys-crash on EX01: \S/.exec(lines[1] ?? "") ?? [];
  expect(Date.parse(`${at}Z`)).toBeGreaterThan(begunMs - 1_000);
}, 120_000);

test("--front-end without --live is a usage error", () => {
  expect(run("simulate", join(folder, "other"), "--front-end", join(folder, "x"))).toEqual({
    status: 2,
    text: expect.stringContaining("Cannot start front ends without --live"),
  });
});
