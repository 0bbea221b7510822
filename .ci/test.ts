/**
 * Runs a ring of the tests: `node .ci/test.ts [unit|system|soak|all] [paths or jest options]`.
 * unit: no program is started (`*.test.ts` but `*.system.test.ts`). system: real programs (`*.system.test.ts`). soak: all suites that
 * have a long form, in it. With a path, the suites that it names, whatever their ring. Reports go to $TEST_REPORT as <ring>.json.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";

const RINGS: Readonly<Record<string, readonly string[]>> = {
  unit: ["--testPathIgnorePatterns", "\\.system\\.test\\.ts$"],
  system: ["--testPathPatterns", "\\.system\\.test\\.ts$"],
  soak: [
    "--testPathPatterns",
    "daemon/crash",
    "daemon/stop-while-reading",
    "follow/follower-model",
    "live/live-record",
    "oracle/",
    "soak/",
  ],
  all: [],
};

const [first = "unit", ...others] = process.argv.slice(2);
const isRing = Object.hasOwn(RINGS, first);
const options = isRing ? others : process.argv.slice(2);
const ring = isRing ? first : options.some((option) => !option.startsWith("-")) ? "all" : "unit";
const report = join(process.env["TEST_REPORT"] ?? mkdtempSync(join(tmpdir(), "hma-tests-")), `${ring}.json`);

const { status } = spawnSync(
  process.execPath,
  [
    "--experimental-vm-modules",
    "--disable-warning=ExperimentalWarning",
    "node_modules/jest/bin/jest.js",
    `--maxWorkers=${ring === "soak" ? 1 : availableParallelism()}`,
    "--json",
    `--outputFile=${report}`,
    ...(RINGS[ring] ?? []),
    ...options,
  ],
  { stdio: "inherit", env: { ...process.env, ...(ring === "soak" ? { HMA_SOAK: "1" } : {}) } },
);
tellSlowest();
process.exitCode = status ?? 1;

/** The suites that took longest: where to look when the ring takes too long. */
function tellSlowest(): void {
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
