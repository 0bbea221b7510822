import { describe, expect, test } from "@jest/globals";
import { viewAt } from "../../src/engine/incidents/engine-view.ts";
import { findingsOf } from "../../src/engine/incidents/findings.ts";
import { foundIn, wantedOf } from "./comparable.ts";
import { arrivals, countersOf, endOf, feed, resultsOf, type Order } from "./feed.ts";
import { judgeFarm } from "./oracle.ts";
import { parsedFile } from "./parsed-rows.ts";
import { diceOf, randomFarm } from "./random-farm.ts";
import { writtenFiles } from "./write-farm.ts";

/** The long form: HMA_SOAK=1, or ORACLE_SEEDS seeds from ORACLE_FIRST on. */
const SEEDS = Number(process.env["ORACLE_SEEDS"] ?? (process.env["HMA_SOAK"] === "1" ? 200 : 2));
const FIRST = Number(process.env["ORACLE_FIRST"] ?? 1);

const ORDERS: Readonly<Record<string, Order>> = {
  "as they are written": (files) => arrivals(files, (_, rowMs) => rowMs + 1_000),
  "file by file": (files) => arrivals(files, () => endOf(files) + 1_000),
  "file by file, the last first": (files) => arrivals([...files].reverse(), () => endOf(files) + 1_000),
  "IIS a minute late, by the buffer": (files) =>
    arrivals(files, ({ log }, rowMs) =>
      log.format === "iis" ? Math.ceil((rowMs + 2_000) / 60_000) * 60_000 : rowMs + 500,
    ),
  "each file late by its own": (files, dice) => {
    const lates = new Map(files.map((file) => [file, dice.between(0, 95_000)]));
    return arrivals(files, (file, rowMs) => rowMs + (lates.get(file) ?? 0));
  },
};

describe("the same rows give the same findings in any order of arrival", () => {
  test.each(Array.from({ length: SEEDS }, (_, index) => FIRST + index))("seed %i", (seed) => {
    const farm = randomFarm(seed);
    const files = writtenFiles(farm).map(parsedFile);
    const wanted = wantedOf(judgeFarm(farm));
    const afterMs = endOf(files) + 7_200_000;
    const counters: Record<string, unknown> = {};
    for (const [name, order] of Object.entries(ORDERS)) {
      for (const restarts of [0, 3]) {
        const engine = feed(files, order, { dice: diceOf(seed), restarts });
        const found = foundIn(
          { ...findingsOf(viewAt(engine, afterMs), { secret: "", keyChanges: [] }), accounting: [] },
          resultsOf(engine),
        );
        expect({ name, restarts, ...found }).toEqual({ name, restarts, ...wanted });
        counters[`${name}, ${restarts} restarts`] = countersOf(engine, afterMs);
      }
    }
    const [first] = Object.values(counters);
    for (const [name, one] of Object.entries(counters)) expect({ name, counts: one }).toEqual({ name, counts: first });
  });
});
