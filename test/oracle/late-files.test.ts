import { describe, expect, test } from "@jest/globals";
import { viewAt } from "../../src/engine/incidents/engine-view.ts";
import { findingsOf } from "../../src/engine/incidents/findings.ts";
import { foundIn, wantedOf } from "./comparable.ts";
import { arrivals, countersOf, endOf, feed, resultsOf, type Order } from "./feed.ts";
import { judgeFarm } from "./oracle.ts";
import { parsedFile, type ParsedFile } from "./parsed-rows.ts";
import { diceOf, randomFarm } from "./random-farm.ts";
import { writtenFiles } from "./write-farm.ts";

/** The long form: HMA_SOAK=1, or ORACLE_SEEDS seeds from ORACLE_FIRST on. */
const SEEDS = Number(process.env["ORACLE_SEEDS"] ?? (process.env["HMA_SOAK"] === "1" ? 200 : 2));
const FIRST = Number(process.env["ORACLE_FIRST"] ?? 1);
const SECOND_MS = 1_000;
const NINE_MINUTES_MS = 540_000;

/** All rows arrive when they are written, but those of one file later. */
function lateFile(late: ParsedFile, byMs: number): Order {
  return (files) => arrivals(files, (file, rowMs) => rowMs + (file === late ? byMs : SECOND_MS));
}

describe("a file that arrives up to nine minutes late changes neither findings nor counters", () => {
  test.each(Array.from({ length: SEEDS }, (_, index) => FIRST + index))("seed %i", (seed) => {
    const farm = randomFarm(seed);
    const files = writtenFiles(farm).map(parsedFile);
    const wanted = wantedOf(judgeFarm(farm));
    const afterMs = endOf(files) + 7_200_000;
    const dice = diceOf(seed);
    const inTime = countersOf(
      feed(files, (all) => arrivals(all, (_, rowMs) => rowMs + SECOND_MS), { dice, restarts: 0 }),
      afterMs,
    );
    for (const late of files) {
      for (const byMs of [NINE_MINUTES_MS, dice.between(60 * SECOND_MS, NINE_MINUTES_MS)]) {
        const engine = feed(files, lateFile(late, byMs), { dice, restarts: dice.between(0, 2) });
        const which = `${late.server} ${late.path}, ${byMs / SECOND_MS} s late`;
        const found = foundIn(
          { ...findingsOf(viewAt(engine, afterMs), { secret: "", keyChanges: [] }), accounting: [] },
          resultsOf(engine),
        );
        expect({ ...found, which }).toEqual({ ...wanted, which });
        expect({ which, counts: countersOf(engine, afterMs) }).toEqual({ which, counts: inTime });
      }
    }
  });
});
