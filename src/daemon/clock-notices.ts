import type { Engine } from "../engine/create-engine.ts";
import { measuredAhead } from "../engine/rows-ahead.ts";
import { formatDuration } from "../model/durations.ts";

/** A server whose rows are dated ahead of the exporter's clock, and by how many seconds in the newest measurement. */
export interface ServerAhead {
  readonly server: string;
  readonly seconds: number;
}

/** The servers for which a clock ahead was measured. */
export function serversAhead(engine: Engine): ServerAhead[] {
  return engine.servers.flatMap((server) => {
    const newest = measuredAhead(server).at(-1);
    return newest === undefined ? [] : [{ server: server.name, seconds: newest.seconds }];
  });
}

/** Notice for the status page. */
export function aheadNotice({ server, seconds }: ServerAhead): string {
  return (
    `Log rows of ${server} are dated ${formatDuration(seconds * 1000)} or more ahead of the exporter's clock: ` +
    "check both clocks. Times and ends of that server's findings are off by as much."
  );
}
