import { scrape, type DaemonProcess } from "./daemon-process.ts";

/** Metrics that must be the same whatever happened on the way. */
const COUNTED =
  /^hma_(?:requests_total|bearer_rejections_total|bearer_errors_total|bearer_loops_total|bearer_loop_duration_seconds|stranger_loop_seconds_total|incidents_total|incident_duration_seconds|app_pool_recycles_total|log_lines_total|log_bytes_read_total)\b/;

/** Counters of a daemon's servers that are not 0, one per line: `EX01 hma_requests_total{…} 5`. */
export async function countedPages(daemon: DaemonProcess, servers: readonly string[]): Promise<string[]> {
  const url = await daemon.url;
  const pages = await Promise.all(
    servers.map(async (server) => {
      const page = await scrape(`${url}/metrics/servers/${server}`, COUNTED);
      return [...page].filter(([, value]) => value > 0).map(([series, value]) => `${server} ${series} ${value}`);
    }),
  );
  return pages.flat();
}

/** Lines that only one of two daemons has, for the text of a failure. */
export function differences(one: readonly string[], other: readonly string[]): string[] {
  const [first, second] = [new Set(one), new Set(other)];
  return [
    ...one.filter((line) => !second.has(line)).map((line) => `one:   ${line}`),
    ...other.filter((line) => !first.has(line)).map((line) => `other: ${line}`),
  ];
}
