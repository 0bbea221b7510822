import { LOG_FORMATS } from "../../model/label-values.ts";
import { LOG_SOURCES } from "../../model/logs/log-sources.ts";
import { timeText } from "../../model/text/time-text.ts";
import { plural } from "../../model/text/counted.ts";
import type { ServerStatus, WebStatus } from "../web-queries.ts";

/** A server whose newest front-end row is older than this is stale. The same time as in the alert HmaLogStale. ms */
export const STALE_AFTER_MS = 900_000;

/** Logs to which every client request writes a row. */
const FRONT_END = LOG_FORMATS.filter((format) => LOG_SOURCES[format].growsWith === "front_end_requests");

/** Age of the newest row of a server. */
export interface Freshness {
  readonly server: ServerStatus;
  /** Time of the newest row in the server's front-end logs, ISO 8601; null without a row. */
  readonly newestAt: string | null;
  readonly isStale: boolean;
}

/** The servers with their freshness: first the stale ones, the oldest first, then the others in their order. */
export function freshnessOf(servers: readonly ServerStatus[], now: string): readonly Freshness[] {
  const all = servers.map((server) => {
    const newestAt = newestOf(server);
    return {
      server,
      newestAt,
      isStale: newestAt === null || Date.parse(now) - Date.parse(newestAt) > STALE_AFTER_MS,
    };
  });
  const stale = all.filter(({ isStale }) => isStale);
  return [
    ...stale.toSorted((one, other) => (one.newestAt ?? "").localeCompare(other.newestAt ?? "")),
    ...all.filter(({ isStale }) => !isStale),
  ];
}

/** Sentence about stale servers; null if there are none. */
export function silenceText({ servers, now }: Pick<WebStatus, "servers" | "now">): string | null {
  const stale = freshnessOf(servers, now).filter(({ isStale }) => isStale);
  const [longest] = stale;
  if (longest === undefined) return null;
  return longest.newestAt === null
    ? `No request of ${plural(stale.filter(({ newestAt }) => newestAt === null).length, "server")} has been read yet`
    : `No news from ${plural(stale.length, "server")}, the longest silent since ${timeText(longest.newestAt)}`;
}

function newestOf({ sources }: ServerStatus): string | null {
  return (
    sources
      .filter(({ format }) => FRONT_END.includes(format))
      .flatMap(({ lastEventAt }) => lastEventAt ?? [])
      .toSorted()
      .at(-1) ?? null
  );
}
