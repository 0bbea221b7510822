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
    "simulator/scenarios*",
    "soak/*",
    "sources/scan/iis-scanner*",
  ].map((suites) => `--testMatch=**/${suites}.test.ts`),
  all: [],
};

/**
 * Suites of the unit ring and of the system ring that take longest. They begin first, so that a ring does not end with one of them alone.
 * Those that wait for other programs for minutes take turns with those that keep a core busy, so that neither all cores wait nor all
 * suites want one.
 */
export const LONGEST_FIRST: readonly string[] = [
  "web/strangers",
  "analysis/scenarios",
  "oracle/late-files",
  "oracle/orders",
  "analysis/analyze-threads",
  "alerts/live-alerts",
  "alerts/rules",
  "daemon/crash",
  "docs/own-commands",
  "alerts/drill",
  "analysis/history",
  "ship/fleet",
  "accessibility/axe",
  "daemon/clock-steps",
  "collectors/collectors",
  "commands/demo",
  "alerts/versions",
  "daemon/stuck-servers",
  "exchange/powershell/collect-snapshot",
  "daemon/web-pages",
  "ship/windows-service",
  "dashboards/live-daemon",
  "soak/all-faults",
  "daemon/farm-away",
  "dashboards/backfill",
];

/** Paths of suites in the order in which they begin: the longest, then the others by size. */
export function inOrder<T extends { readonly path: string }>(suites: readonly T[], sizeOf: (suite: T) => number): T[] {
  const rank = ({ path }: T): number => {
    const at = LONGEST_FIRST.findIndex((suite) => path.includes(`/test/${suite}.`));
    return at < 0 ? LONGEST_FIRST.length : at;
  };
  return [...suites].sort((a, b) => rank(a) - rank(b) || sizeOf(b) - sizeOf(a));
}

/** The ring that the words of the command line name, and the words after it. A path alone chooses among all suites. */
export function ringOf(words: readonly string[]): { readonly ring: string; readonly rest: readonly string[] } {
  const [first = "unit", ...rest] = words;
  if (Object.hasOwn(SUITES, first)) return { ring: first, rest };
  return { ring: first.startsWith("-") ? "unit" : "all", rest: words };
}

/** Jest's arguments: what the caller gave, then what bounds the ring. Jest takes a suite only if a path and the ring both match it. */
export function jestArguments(words: readonly string[], cores: number): string[] {
  const { ring, rest } = ringOf(words);
  const workers = rest.some((word) => word.startsWith("--maxWorkers"))
    ? []
    : [`--maxWorkers=${workersOf(ring, cores)}`];
  return [...rest, ...workers, ...(SUITES[ring] ?? [])];
}

/**
 * Suites of the system ring wait for other programs about half of their time, so three more of them than cores run at once; in the unit
 * ring, a few wait for limits of the web server.
 */
function workersOf(ring: string, cores: number): number {
  if (ring === "soak") return 1;
  return cores + (ring === "unit" ? 1 : 3);
}
