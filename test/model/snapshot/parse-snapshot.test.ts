import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { EMPTY_SNAPSHOT, parseSnapshot } from "../../../src/model/snapshot/parse-snapshot.ts";
import { MAX_FAULTS, MAX_ITEMS, MAX_TEXT } from "../../../src/model/snapshot/snapshot-fields.ts";

const V = { snapshotVersion: 1 };

describe("parseSnapshot()", () => {
  test.each([
    ["null", null],
    ["a list", []],
    ["a text", "{}"],
    ["nothing", undefined],
  ])("reports that %s is not a snapshot", (_name, value) => {
    expect(parseSnapshot(value)).toEqual({
      snapshot: EMPTY_SNAPSHOT,
      faults: [{ path: "", text: "Cannot read the snapshot: it is not a JSON object" }],
    });
  });

  test.each([
    ["absent", {}, "not given"],
    ["later", { snapshotVersion: 2 }, "2"],
  ])("reports a version that is %s, and reads the known parts", (_name, json, shown) => {
    const parsed = parseSnapshot({ ...json, server: "EX01" });
    expect(parsed.snapshot.server).toBe("EX01");
    expect(parsed.faults).toEqual([
      {
        path: "snapshotVersion",
        text: `Cannot be sure to understand the snapshot: its version is ${shown}, known is 1`,
      },
    ]);
  });

  test("drops and reports an object of a list without any of the needed properties; a list of only such objects is unknown", () => {
    const { snapshot, faults } = parseSnapshot({
      ...V,
      authServers: { x: 1 },
      exchangeServers: [{ Name: "EX01" }, { name2: "EX02" }, {}],
    });
    expect(snapshot.authServers).toBeNull();
    expect(snapshot.exchangeServers?.map(({ Name }) => Name)).toEqual(["EX01"]);
    expect(faults.map(({ path, text }) => `${path}: ${text.split(" Name,")[0]}`)).toEqual([
      "authServers[0]: Cannot read the object: it has none of the properties",
      "exchangeServers[1]: Cannot read the object: it has none of the properties",
      "exchangeServers[2]: Cannot read the object: it has none of the properties",
    ]);
  });

  test.each([
    ["true", true, true],
    ["False", "False", false],
    ["$true", "$true", true],
    ["1", 1, true],
    ["0", 0, false],
    ["null", null, null],
    ["absent", undefined, null],
    ["a word", "perhaps", null],
    ["an object", {}, null],
  ])("a flag: %s", (_name, value, expected) => {
    expect(
      parseSnapshot({ ...V, organizationConfig: { mapihttpenabled: value } }).snapshot.organizationConfig
        ?.MapiHttpEnabled,
    ).toBe(expected);
  });

  test.each([
    ["ISO with ticks", "2019-12-03T22:47:32.8071985Z", "2019-12-03T22:47:32.807Z"],
    ["ISO with an offset", "2019-12-03T14:47:32-08:00", "2019-12-03T22:47:32.000Z"],
    ["ISO without a zone is UTC", "2019-12-03 22:47:32", "2019-12-03T22:47:32.000Z"],
    ["of Windows PowerShell", "/Date(1575413252000)/", "2019-12-03T22:47:32.000Z"],
    [
      "as an object of Windows PowerShell",
      { value: "/Date(1575413252000)/", DisplayHint: 2, DateTime: "Tuesday" },
      "2019-12-03T22:47:32.000Z",
    ],
    [".NET's never", "0001-01-01T00:00:00", null],
    [".NET's never in ticks", "/Date(-62135596800000)/", null],
    ["blank", "", null],
    ["a word", "soon", null],
    ["a month that is none", "2019-13-03T00:00:00Z", null],
    ["beyond all calendars", "/Date(99999999999999999)/", null],
  ])("a time: %s", (_name, value, expected) => {
    const { atMs } = parseSnapshot({ ...V, at: value }).snapshot;
    expect(atMs === null ? null : new Date(atMs).toISOString()).toBe(expected);
  });

  test.each([
    ["a text", " EvoSts ", "EvoSts"],
    ["null is blank", null, ""],
    ["an enum", { value: 3, Value: "AzureAD" }, "AzureAD"],
    ["a URL", { AbsoluteUri: "https://x/" }, "https://x/"],
    ["an identity", { DistinguishedName: "CN=a", Name: "a" }, "a"],
    ["a number", 3, "3"],
    ["a version", { Major: 15, Minor: 2, Build: 986, Revision: 5 }, "15.2.986.5"],
    ["control characters", "a\u001b[2J\r\nb", "a [2J b"],
    ["a list", ["a"], null],
    ["too long", "x".repeat(MAX_TEXT + 1), "x".repeat(MAX_TEXT)],
  ])("a text: %s", (_name, value, expected) => {
    expect(parseSnapshot({ ...V, authServers: [{ Name: value, Enabled: true }] }).snapshot.authServers?.[0]?.Name).toBe(
      expected,
    );
  });

  test("a single object is a list of one, a missing list is unknown, and an empty one is known to be empty", () => {
    const { snapshot } = parseSnapshot({
      ...V,
      authServers: { Name: "EvoSts", DomainName: "contoso.com" },
      settingOverrides: [],
      appPools: null,
    });
    expect([
      snapshot.authServers?.length,
      snapshot.authServers?.[0]?.DomainName,
      snapshot.settingOverrides,
      snapshot.appPools,
      snapshot.clock,
    ]).toEqual([1, ["contoso.com"], [], null, null]);
  });

  test("a list without any readable item is unknown", () => {
    const parsed = parseSnapshot({ ...V, authServers: [1, "x"] });
    expect(parsed.snapshot.authServers).toBeNull();
    expect(parsed.faults.map((fault) => fault.path)).toEqual(["authServers[0]", "authServers[1]"]);
  });

  test("reports unreadable values by path and kind, without their content", () => {
    const parsed = parseSnapshot({
      ...V,
      exchangeServers: [{ Name: "EX01" }, { Name: "EX02", IsMailboxServer: "secret-secret" }],
    });
    expect(parsed.faults).toEqual([
      { path: "exchangeServers[1].IsMailboxServer", text: "Cannot read a flag: the value is a text of 13 characters" },
    ]);
  });

  test("stays within its limits", () => {
    const parsed = parseSnapshot({
      ...V,
      componentStates: Array.from({ length: MAX_ITEMS + 5 }, () => ({ Server: "EX01" })),
      clock: Array.from({ length: 500 }, () => 1),
    });
    expect(parsed.snapshot.componentStates?.length).toBe(MAX_ITEMS);
    expect(parsed.faults.length).toBe(MAX_FAULTS);
  });

  test("keeps no unknown property", () => {
    const text = JSON.stringify(
      parseSnapshot({
        ...V,
        users: ["jane"],
        organizationConfig: { Name: "Contoso", ModifiedBy: "jane" },
        settingOverrides: [{ Name: "x", ModifiedBy: "jane", Reason: "jane" }],
      }),
    );
    expect(text).not.toContain("jane");
  });

  test("never throws", () => {
    const part = fc.oneof(
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withNullPrototype: true,
        withSparseArray: true,
        withTypedArray: true,
      }),
      fc.json().map((text): unknown => JSON.parse(text)),
    );
    const names = [
      "at",
      "organizationConfig",
      "authServers",
      "exchangeServers",
      "virtualDirectories",
      "certificates",
      "keys",
      "errors",
      "__proto__",
      "constructor",
    ];
    fc.assert(
      fc.property(fc.oneof(part, fc.dictionary(fc.constantFrom(...names), part)), (value) => {
        const { snapshot, faults } = parseSnapshot(value);
        expect(Object.keys(snapshot).sort()).toEqual(Object.keys(EMPTY_SNAPSHOT).sort());
        expect(faults.length).toBeLessThanOrEqual(MAX_FAULTS);
      }),
      { numRuns: 500 },
    );
  });
});
