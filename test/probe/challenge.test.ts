import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseChallenges } from "../../src/probe/challenge.ts";
import { CHALLENGE_SHAPES } from "./challenge-shapes.ts";

describe("parseChallenges()", () => {
  test.each(CHALLENGE_SHAPES.map((shape) => [shape.name, shape] as const))("reads shape %s", (_, shape) => {
    expect(parseChallenges(shape.authenticate).map(({ scheme }) => scheme)).toEqual(shape.schemes);
  });

  test("a comma inside quotes belongs to the value", () => {
    const [bearer] = parseChallenges(['Bearer trusted_issuers="a@b,c@d", authorization_uri="https://x/y"']);
    expect(bearer?.parameters.get("trusted_issuers")).toBe("a@b,c@d");
    expect(bearer?.parameters.get("authorization_uri")).toBe("https://x/y");
  });

  test.each([
    ["joined by commas, as returned by fetch", ['Basic realm="h", Bearer client_id="a", error="invalid_token"']],
    ["apart", ['Basic realm="h"', 'Bearer client_id="a", error="invalid_token"']],
    ["other case and blanks", ['BASIC Realm = "h"', 'bearer CLIENT_ID = "a" ,  Error = invalid_token']],
  ])("gives the same result for challenges %s", (_, lines) => {
    const [basic, bearer] = parseChallenges(lines);
    expect(basic?.scheme).toBe("basic");
    expect(basic?.parameters.get("realm")).toBe("h");
    expect(bearer?.scheme).toBe("bearer");
    expect([...(bearer?.parameters ?? [])]).toEqual([
      ["client_id", "a"],
      ["error", "invalid_token"],
    ]);
  });

  test("reads all challenges that it has written, in any order and spelling", () => {
    const name = fc.stringMatching(/^[a-z_]{1,12}$/);
    const challenge = fc.record({
      scheme: fc.constantFrom("Bearer", "Basic", "Negotiate", "NTLM"),
      parameters: fc.dictionary(
        name,
        fc.string({ maxLength: 30 }).map((text) => text.replace(/[\r\n]/g, "")),
        {
          maxKeys: 5,
          noNullPrototype: true,
        },
      ),
    });
    fc.assert(
      fc.property(fc.array(challenge, { minLength: 1, maxLength: 5 }), fc.boolean(), (challenges, isJoined) => {
        const lines = challenges.map(
          ({ scheme, parameters }) =>
            `${scheme} ${Object.entries(parameters)
              .map(([key, value]) => `${key}="${value.replace(/["\\]/g, "\\$&")}"`)
              .join(", ")}`,
        );
        expect(
          parseChallenges(isJoined ? [lines.join(", ")] : lines).map(({ scheme, parameters }) => ({
            scheme,
            parameters: Object.fromEntries(parameters),
          })),
        ).toEqual(challenges.map(({ scheme, parameters }) => ({ scheme: scheme.toLowerCase(), parameters })));
      }),
    );
  });

  test("returns a limited list for any text", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 300 })), (lines) => {
        const challenges = parseChallenges(lines);
        expect(challenges.length).toBeLessThanOrEqual(16);
        for (const { parameters } of challenges) expect(parameters.size).toBeLessThanOrEqual(32);
      }),
    );
    expect(parseChallenges([Array.from({ length: 5_000 }, (_, at) => `S${at}`).join(", ")])).toHaveLength(16);
  });
});
