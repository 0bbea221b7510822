import { command, note, remedy } from "../catalogue/commands.ts";
import type { ClockOffset } from "../model/snapshot/snapshot.ts";
import { fail, pass, unknown } from "./check.ts";
import type { Check, ObjectVerdict } from "./check.ts";
import { judgeServers } from "./servers.ts";

/** Exchange's tolerance for the lifetime of a token. */
const MAX_OFFSET_SECONDS = 300;

export const clock: Check = {
  id: "clock",
  title: "The server's clock is within 5 minutes of Entra ID's",
  why:
    "A token that is not valid yet, or no longer, by the server's clock is refused with 2000002 " +
    "(token_expired), for every client of that server.",
  remedy: remedy(command("resyncClock"), note("The source must be the domain hierarchy:"), command("showClock")),
  severity: "critical",
  evaluate: (snapshot) =>
    judgeServers(snapshot, { part: "clock", source: "the clock comparison", rows: snapshot.clock }, judgeClock),
};

function judgeClock(server: string, offsets: readonly ClockOffset[]): readonly ObjectVerdict[] {
  const seconds = offsets.flatMap((offset) => offset.OffsetSeconds ?? []);
  if (seconds.length === 0) return [unknown(server, "the clock comparison has no result")];
  // The smallest offset counts: a slow answer makes an offset look larger, never smaller.
  const best = seconds.reduce((least, each) => (Math.abs(each) < Math.abs(least) ? each : least));
  if (Math.abs(best) < MAX_OFFSET_SECONDS) return [pass(server)];
  return [
    fail(server, {
      found: `${Math.abs(Math.round(best))} seconds ${best > 0 ? "ahead" : "behind"}`,
      wanted: `less than ${MAX_OFFSET_SECONDS} seconds`,
    }),
  ];
}
