/** The rings of the tests (CONTRIBUTING.md): which suites each has, and how Jest is started for it. Pure. */

const SUITES: Readonly<Record<string, readonly string[]>> = {
  unit: ["--testPathIgnorePatterns=\\.system\\.test\\.ts$"],
  system: ["--testMatch=**/*.system.test.ts"],
  soak: [
    "daemon/crash*",
    "daemon/stop-while-reading*",
    "exchange/powershell/many-collections*",
    "follow/follower-model*",
    "live/live-record*",
    "oracle/*",
    "soak/*",
  ].map((suites) => `--testMatch=**/${suites}.test.ts`),
  all: [],
};

/** The ring that the words of the command line name, and the words after it. A path alone chooses among all suites. */
export function ringOf(words: readonly string[]): { readonly ring: string; readonly rest: readonly string[] } {
  const [first = "unit", ...rest] = words;
  if (Object.hasOwn(SUITES, first)) return { ring: first, rest };
  return { ring: first.startsWith("-") ? "unit" : "all", rest: words };
}

/** Jest's arguments: what the caller gave, then what bounds the ring. Jest takes a suite only if a path and the ring both match it. */
export function jestArguments(words: readonly string[], cores: number): string[] {
  const { ring, rest } = ringOf(words);
  return [...rest, `--maxWorkers=${workersOf(ring, cores)}`, ...(SUITES[ring] ?? [])];
}

/** Suites of the system ring wait for other programs about half of their time, so one more of them than cores runs at once. */
function workersOf(ring: string, cores: number): number {
  if (ring === "soak") return 1;
  return ring === "unit" ? cores : cores + 1;
}
