/**
 * Runs a ring of the tests: `node .ci/test.ts [unit|system|soak|all] [paths] [jest options]`.
 * unit: no program is started (`*.test.ts` but `*.system.test.ts`). system: real programs (`*.system.test.ts`). soak: all suites that
 * have a long form, in it. Paths choose among the suites of the ring; without a ring, among all suites. Paths come before options.
 * Reports go to $TEST_REPORT as <ring>.json.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { jestArguments, ringOf } from "./rings.ts";

const words = process.argv.slice(2);
const { ring } = ringOf(words);
const report = join(process.env["TEST_REPORT"] ?? mkdtempSync(join(tmpdir(), "hma-tests-")), `${ring}.json`);

const { status } = spawnSync(
  process.execPath,
  [
    "--experimental-vm-modules",
    "--disable-warning=ExperimentalWarning",
    "node_modules/jest/bin/jest.js",
    "--json",
    `--outputFile=${report}`,
    `--testSequencer=${join(import.meta.dirname, "test-sequencer.js")}`,
    ...jestArguments(words, availableParallelism()),
  ],
  {
    stdio: "inherit",
    env: {
      // Hundreds of programs are started from the sources: with a shared cache each compiles only what has changed (1.3 instead of 1.8 s).
      NODE_COMPILE_CACHE: join(import.meta.dirname, "../node_modules/.cache/node-compile"),
      // Prometheus and promtool need a third less processor time with less frequent garbage collection, and a fifth less on one core each.
      GOGC: "400",
      GOMAXPROCS: "1",
      ...process.env,
      ...(ring === "soak" ? { HMA_SOAK: "1" } : {}),
    },
  },
);
if (existsSync(report)) printSlowest();
process.exitCode = status ?? 1;

/** The suites that took longest: where to begin when the ring takes too long. */
function printSlowest(): void {
  const { testResults }: { testResults: { name: string; startTime: number; endTime: number }[] } = JSON.parse(
    readFileSync(report, "utf8"),
  );
  if (testResults.length < 10) return;
  const slowest = testResults
    .map(({ name, startTime, endTime }) => ({ name, seconds: Math.round((endTime - startTime) / 1000) }))
    .sort((a, b) => b.seconds - a.seconds);
  process.stderr.write("Slowest suites:\n");
  for (const { name, seconds } of slowest.slice(0, 12)) {
    process.stderr.write(`${String(seconds).padStart(5)} s  ${name.slice(name.lastIndexOf("/test/") + 1)}\n`);
  }
}
