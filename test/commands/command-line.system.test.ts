import { spawnSync } from "node:child_process";
import { expect, test } from "@jest/globals";
import { PROGRAM } from "../program.ts";

function run(...args: readonly string[]): { readonly status: number | null; readonly stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], { encoding: "utf8" });
  return { status, stderr };
}

test("a mistyped command is reported as such, and not as an argument of the default command", () => {
  expect(run("serv")).toEqual({
    status: 2,
    stderr:
      'hma-exporter: Cannot run "serv": expected is one of the commands serve, analyze, collect, ' +
      "check-exchange, probe, simulate, demo, check-config, logs\n",
  });
});

test("flags without a command belong to the default command, and an unknown one is a usage error", () => {
  expect(run("--config.file", "/nowhere/hma.yml")).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^hma-exporter: Cannot read the configuration/),
  });
  expect(run("--farn", "/x")).toMatchObject({ status: 2, stderr: expect.stringContaining("--farn") });
  for (const args of [["--help"], ["help"], ["--version"], ["serve", "--help"]])
    expect(run(...args)).toEqual({ status: 0, stderr: "" });
});
