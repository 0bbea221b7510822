import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { newRefusedClient } from "../../../src/engine/clients/refused-client.ts";
import { RefusedClients } from "../../../src/engine/clients/refused-clients.ts";

test("RefusedClients behaves like a Map for any sets and deletes, with many keys that share low bits", () => {
  const keys = fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 400 })).map(([low, high]) => low + high * 65_536 * 65_536);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), keys), { maxLength: 900 }), (steps) => {
      const clients = new RefusedClients(1_000);
      const plain = new Map<number, unknown>();
      for (const [isSet, key] of steps) {
        if (isSet) {
          const client = newRefusedClient(key, 1, 1);
          clients.set(key, client);
          plain.set(key, client);
        } else {
          expect(clients.delete(key)).toBe(plain.delete(key));
        }
        expect(clients.get(key)).toBe(plain.get(key));
      }
      expect([...clients]).toEqual([...plain]);
    }),
    { numRuns: 30 },
  );
});
