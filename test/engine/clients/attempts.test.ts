import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compareEntries } from "../../../src/detectors/loop.ts";
import {
  insertAttempt,
  newRefusedClient,
  recordOf,
  removeAttempt,
  refusedClientOf,
} from "../../../src/engine/clients/refused-client.ts";
import { Attempts, type Attempt } from "../../../src/engine/clients/attempts.ts";
import { CATEGORIES, PROTOCOLS } from "../../../src/model/label-values.ts";

const entry: fc.Arbitrary<Attempt> = fc.record({
  atMs: fc.integer({ min: 1_790_000_000_000, max: 1_790_000_000_009 }),
  fileKey: fc.constantFrom(2 ** 52 - 1, 7),
  offset: fc.nat({ max: 5_000_000_000 }),
  kind: fc.constantFrom("refused" as const, "success" as const, "other" as const),
  category: fc.constantFrom(null, ...CATEGORIES),
  isBackEnd: fc.boolean(),
  protocol: fc.constantFrom(...PROTOCOLS),
  arrivedAtMs: fc.constantFrom(0, Number.MAX_SAFE_INTEGER),
});

interface Step {
  readonly track: number;
  readonly attempt: Attempt;
  readonly removes: number;
  readonly clears: boolean;
}
const step: fc.Arbitrary<Step> = fc.record({
  track: fc.nat({ max: 4 }),
  attempt: entry,
  removes: fc.nat({ max: 400 }),
  clears: fc.nat({ max: 99 }).map((one) => one === 0),
});

describe("Attempts", () => {
  test("returns the same as sorted lists for several clients", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 3_000, size: "max" }), (steps) => {
        const attempts = new Attempts();
        const clients = Array.from({ length: 5 }, (_, index) => newRefusedClient(index, 1, 1));
        const plain: Attempt[][] = clients.map(() => []);
        for (const { track: index, attempt: one, removes, clears } of steps) {
          const [client, list] = [clients[index]!, plain[index]!];
          insertAttempt(attempts, client, one);
          list.splice(list.findLastIndex((other) => compareEntries(other, one) <= 0) + 1, 0, one);
          const gone = list[removes];
          if (gone !== undefined) {
            const at = list.findLastIndex((other) => other.fileKey === gone.fileKey && other.offset === gone.offset);
            expect(removeAttempt(attempts, client, gone)).toBe(true);
            list.splice(at, 1);
          }
          if (!clears) continue;
          attempts.clear(client);
          list.length = 0;
        }
        expect(clients.map((client) => recordOf(attempts, client).attempts)).toEqual(plain);
        expect(clients.map(({ count, refusals }) => [count, refusals])).toEqual(
          plain.map((list) => [list.length, list.filter(({ kind }) => kind === "refused").length]),
        );
      }),
      { numRuns: 40 },
    );
  });

  test("a client's attempts are the same after storing and loading", () => {
    fc.assert(
      fc.property(fc.array(entry), (given) => {
        const attempts = new Attempts();
        const client = newRefusedClient(1, 2, 3);
        for (const one of given) insertAttempt(attempts, client, one);
        const record = recordOf(attempts, client);
        const others = new Attempts();
        expect(recordOf(others, refusedClientOf(others, record))).toEqual(record);
      }),
    );
  });

  test("does not remove an entry that does not exist", () => {
    const attempts = new Attempts();
    expect(removeAttempt(attempts, newRefusedClient(1, 1, 1), { fileKey: 1, offset: 1 })).toBe(false);
  });
});
