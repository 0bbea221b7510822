import { describe, expect, test } from "@jest/globals";
import { hashSync } from "bcryptjs";
import { costOf, isRightPassword, standInsFor } from "../../../src/web/passwords/compare-password.ts";
import { peerOf } from "../../../src/web/door/peer-address.ts";

describe("isRightPassword()", () => {
  const hash = hashSync("right", 4);

  test("is true only for the right password", () => {
    expect(isRightPassword({ password: "right", hash, mostCost: 6 })).toBe(true);
    expect(isRightPassword({ password: "wrong", hash, mostCost: 6 })).toBe(false);
    expect(isRightPassword({ password: "right", hash: null, mostCost: 6 })).toBe(false);
  });

  test.each([
    ["a user of the least cost", "$2b$04$", 4 + 0],
    ["a user with a different cost", "$2b$08$", 8],
    ["the user of the greatest cost", "$2b$14$", 14],
    ["no user", null, null],
  ])("a refusal costs 2^14 rounds for %s", (_name, prefix, cost) => {
    const own = prefix === null ? null : `${prefix}${hash.slice(7)}`;
    const rounds = standInsFor(own, 14).reduce(
      (sum, standIn) => sum + 2 ** costOf(standIn),
      cost === null ? 0 : 2 ** cost,
    );
    expect(rounds).toBe(2 ** 14);
  });
});

test.each([
  ["10.0.0.7", "10.0.0.7"],
  ["::ffff:10.0.0.7", "10.0.0.7"],
  ["2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"],
  ["2001:db8::5", "2001:db8:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  [undefined, "unknown"],
])("peerOf(%s)", (address, peer) => {
  expect(peerOf(address)).toBe(peer);
});
