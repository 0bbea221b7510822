import { describe, expect, test } from "@jest/globals";
import {
  compareExchangeBuilds,
  formatExchangeBuild,
  isAtLeast,
  parseExchangeBuild,
  releaseOf,
} from "../../../src/model/snapshot/exchange-build.ts";
import { EXCHANGE_BUILDS } from "../../../src/catalogue/builds.ts";
import { parseSnapshot } from "../../../src/model/snapshot/parse-snapshot.ts";
import { isExposed, keyStates } from "../../../src/model/snapshot/signing-keys.ts";
import type { PublishedKeys, TrustedKeys } from "../../../src/model/snapshot/signing-keys.ts";
import {
  authCertificates,
  componentStatesByServer,
  keyIssuerOf,
  publishedKeysOf,
  readCertificate,
  shortServerName,
  trustedKeys,
} from "../../../src/model/snapshot/snapshot-facts.ts";
import { CERTIFICATE_A, EVOSTS, goodSnapshot, THUMBPRINT_A } from "../../checks/good-snapshot.ts";

describe("readCertificate()", () => {
  test("returns thumbprint and expiry", () => {
    expect(readCertificate(` ${CERTIFICATE_A.slice(0, 64)}\r\n${CERTIFICATE_A.slice(64)}`)).toEqual({
      thumbprint: THUMBPRINT_A,
      notAfterMs: Date.parse("2100-10-25T15:53:33Z"),
    });
  });

  test.each([
    ["nothing", ""],
    ["no base64", "%%%%"],
    ["no certificate", "A".repeat(400)],
    ["half of one", CERTIFICATE_A.slice(0, 300)],
    ["PEM", `-----BEGIN CERTIFICATE-----\n${CERTIFICATE_A}`],
  ])("returns null for %s", (_name, text) => {
    expect(readCertificate(text)).toBeNull();
  });
});

describe("keyIssuerOf()", () => {
  test.each([
    ["AzureAD", "x", "evosts"],
    ["MicrosoftACS", "x", "acs"],
    ["ADFS", "EvoSts", "adfs"],
    [null, "EvoSTS", "evosts"],
    ["3", "EvoSts - a", "evosts"],
    [null, "WindowsAzureACS", "acs"],
    [null, "ACS - a", "acs"],
    [null, null, "other"],
  ] as const)("type %s, name %s: %s", (Type, Name, expected) => {
    expect(keyIssuerOf({ Type, Name }, [])).toBe(expected);
  });

  test.each([
    { name: "the default", IsDefaultAuthorizationEndpoint: true, Enabled: true, expected: "adfs" },
    { name: "next to an enabled EvoSts", IsDefaultAuthorizationEndpoint: false, Enabled: true, expected: "other" },
    { name: "next to a disabled EvoSts", IsDefaultAuthorizationEndpoint: false, Enabled: false, expected: "adfs" },
  ] as const)("AD FS $name", ({ IsDefaultAuthorizationEndpoint, Enabled, expected }) => {
    const evoSts = { Type: "AzureAD", Name: "EvoSts", Enabled };
    const adfs = { Type: "ADFS", Name: "ADFS", IsDefaultAuthorizationEndpoint };
    expect(keyIssuerOf(adfs, [evoSts, adfs])).toBe(expected);
  });
});

describe("trustedKeys(), publishedKeysOf()", () => {
  test("return the keys of enabled AuthServers, by thumbprint", () => {
    const json = goodSnapshot();
    json.authServers.push(
      { Name: "Off", Type: "AzureAD", Enabled: false },
      { Name: "ACS - x", Type: "MicrosoftACS", CertificateStrings: [] },
    );
    json.keys = [
      {
        Issuer: EVOSTS.toUpperCase(),
        Keys: [
          {
            Thumbprint: "5a aa a7 6b 05 d0 f8 80 47 b2 2d cb 43 db 8a a5 fe 4e a9 01",
            NotAfter: "2100-10-25T15:53:33Z",
          },
          { Thumbprint: "short" },
        ],
      },
    ];
    const { snapshot } = parseSnapshot(json);
    expect(
      trustedKeys(snapshot)?.map(({ authServer, issuer, thumbprints }) => [authServer, issuer, thumbprints]),
    ).toEqual([
      [EVOSTS, "evosts", [THUMBPRINT_A]],
      ["ACS - x", "acs", []],
    ]);
    expect(publishedKeysOf(snapshot)).toEqual([
      {
        issuer: "evosts",
        authServer: EVOSTS,
        fetchedAtMs: snapshot.atMs,
        isStandIn: false,
        keys: [{ thumbprint: THUMBPRINT_A, kid: null, notAfterMs: Date.parse("2100-10-25T15:53:33Z") }],
      },
    ]);
  });
});

describe("keyStates(), isExposed()", () => {
  const published = (authServer: string, fetchedAtMs: number, ...thumbprints: string[]): PublishedKeys => ({
    issuer: "evosts",
    authServer,
    fetchedAtMs,
    isStandIn: false,
    keys: thumbprints.map((thumbprint) => ({ thumbprint, kid: null, notAfterMs: null })),
  });
  const trusted = (
    authServer: string,
    thumbprints: readonly string[] | null,
    issuer: TrustedKeys["issuer"] = "evosts",
  ): TrustedKeys => ({ issuer, authServer, thumbprints, metadataUrl: null, tenant: "" });

  test.each([
    { name: "nothing known", sets: [], held: [], exposed: null },
    { name: "all held", sets: [published("a", 1, "X")], held: [trusted("A", ["X", "OLD"])], exposed: false },
    { name: "one missing", sets: [published("a", 1, "X", "Y")], held: [trusted("a", ["X"])], exposed: true },
    {
      name: "the newest fetch is used",
      sets: [published("a", 2, "X"), published("a", 1, "X", "Y")],
      held: [trusted("a", ["X"])],
      exposed: false,
    },
    { name: "published only", sets: [published("a", 1, "X")], held: [], exposed: null },
    { name: "held only", sets: [], held: [trusted("a", ["X"])], exposed: null },
    {
      name: "one of two unknown",
      sets: [published("a", 1, "X")],
      held: [trusted("a", ["X"]), trusted("b", ["X"])],
      exposed: null,
    },
    {
      name: "one of two unknown, the other lacks a key",
      sets: [published("a", 1, "X")],
      held: [trusted("a", []), trusted("b", ["X"])],
      exposed: true,
    },
    {
      name: "another issuer lacks a key",
      sets: [published("a", 1, "X"), { ...published("c", 1, "Z"), issuer: "acs" as const }],
      held: [trusted("a", ["X"]), trusted("c", [], "acs")],
      exposed: false,
    },
  ])("$name", ({ sets, held, exposed }) => {
    expect(isExposed(keyStates(sets, held, 1_000))).toBe(exposed);
  });
});

describe("authCertificates()", () => {
  test("returns three slots, and distinguishes empty from unknown ones", () => {
    const json = goodSnapshot();
    delete json.authConfig.PreviousCertificateThumbprint;
    const slots = authCertificates(parseSnapshot(json).snapshot);
    expect(
      slots.map(({ slot, thumbprint, notAfterMs }) => [slot, thumbprint?.slice(0, 4) ?? null, notAfterMs]),
    ).toEqual([
      ["current", "C3ED", Date.parse("2029-11-22T00:00:00Z")],
      ["next", "", null],
      ["previous", null, null],
    ]);
  });
});

describe("componentStatesByServer(), shortServerName()", () => {
  test("match servers by their short names", () => {
    const { snapshot } = parseSnapshot({
      snapshotVersion: 1,
      componentStates: [
        { ServerFqdn: "EX01.contoso.com", Component: "EwsProxy", State: "Active" },
        { Component: "x", State: "Active" },
      ],
    });
    expect([...componentStatesByServer(snapshot)].map(([server, states]) => [server, [...states]])).toEqual([
      ["EX01", [["EwsProxy", "Active"]]],
    ]);
  });

  test.each([
    ["EX01.contoso.com", "EX01"],
    ["EX01", "EX01"],
    ["10.0.0.1", "10.0.0.1"],
    ["fe80::1", "fe80::1"],
    ["", ""],
  ])("%s", (name, short) => {
    expect(shortServerName(name)).toBe(short);
  });
});

describe("Exchange builds", () => {
  test.each([
    ["Version 15.2 (Build 986.5)", "15.2.986.5"],
    ["15.02.1748.043", "15.2.1748.43"],
    [" 15.1.2507.6 ", "15.1.2507.6"],
    ["Version 15.2 (Build 986)", null],
    ["", null],
    ["2019", null],
  ])("parseExchangeBuild(%j)", (text, expected) => {
    const build = parseExchangeBuild(text);
    expect(build === null ? null : formatExchangeBuild(build)).toBe(expected);
  });

  test("releases ascend, and each is the release of its own build", () => {
    EXCHANGE_BUILDS.releases.forEach((release, index) => {
      const before = EXCHANGE_BUILDS.releases[index - 1];
      if (before !== undefined) expect(compareExchangeBuilds(before.build, release.build)).toBeLessThan(0);
      expect(releaseOf(release.build, EXCHANGE_BUILDS)).toBe(release);
    });
  });

  test.each([
    ["15.1.2044.3", false],
    ["15.1.2044.4", true],
    ["15.2.659.3", false],
    ["15.2.659.4", true],
    ["15.2.2562.17", true],
    ["15.0.1497.48", false],
    ["14.3.123.4", false],
    ["15.3.0.0", true],
    ["16.0.0.0", true],
  ])("%s has EnableAuthAdminReadSession: %s", (text, expected) => {
    const build = parseExchangeBuild(text);
    expect(build !== null && isAtLeast(build, EXCHANGE_BUILDS.readSession)).toBe(expected);
  });
});
