import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { evaluateChecks, hasCriticalFailure } from "../../src/checks/evaluate-checks.ts";
import type { CheckResult } from "../../src/checks/evaluate-checks.ts";
import { checkReportJson, renderCheckReport } from "../../src/report/check-report.ts";
import { parseSnapshot } from "../../src/model/snapshot/parse-snapshot.ts";
import { CONTEXT, goodSnapshot, NOW_MS } from "../checks/good-snapshot.ts";

function results(
  change: (snapshot: ReturnType<typeof goodSnapshot>) => void = () => undefined,
): readonly CheckResult[] {
  const json = goodSnapshot();
  change(json);
  return evaluateChecks(parseSnapshot(json).snapshot, CONTEXT);
}
const SUBJECT = { collectedAtMs: NOW_MS, server: "EX01", faults: [] };

describe("renderCheckReport()", () => {
  test("prints failures first, critical before warning, each with its command", () => {
    const text = renderCheckReport(
      results((s) => {
        s.organizationConfig.EnableAuthAdminReadSession = false;
        s.certificates.pop();
        s.clock[1].OffsetSeconds = 900;
        s.virtualDirectories.webServices[0].OAuthAuthentication = false;
      }),
      { ...SUBJECT, faults: ["authServers[0].Type: Cannot read a text: the value is a list of 2"] },
    );
    expect(text.split("\nUNKNOWN")[0]).toBe(`Exchange compliance, collected 2026-11-22 08:00:00 UTC on EX01
4 failed (2 critical), 3 unknown, 62 passed
! authServers[0].Type: Cannot read a text: the value is a list of 2

FAILED, critical

oauth_on_virtual_directories: OAuth is on at every virtual directory that mail clients use
  OBJECT                       FOUND                      WANTED
  EX01\\EWS (Default Web Site)  OAuthAuthentication False  True
  fix: Set-WebServicesVirtualDirectory 'EX01\\EWS (Default Web Site)' -OAuthAuthentication $true

clock: The server's clock is within 5 minutes of Entra ID's
  OBJECT  FOUND              WANTED
  EX02    900 seconds ahead  less than 300 seconds
  fix: w32tm /resync /rediscover
       # The source must be the domain hierarchy:
       w32tm /query /status

FAILED, warning

auth_admin_read_session: AuthAdmin uses a read-only session (EnableAuthAdminReadSession)
  OBJECT        FOUND  WANTED
  organisation  False  True
  fix: Set-OrganizationConfig -EnableAuthAdminReadSession:$true
       Get-OrganizationConfig | Format-List EnableAuthAdminReadSession, OAuth2ClientProfileEnabled
       # On the server that hosts the arbitration mailbox, to run AuthAdmin at once:
       Restart-Service MSExchangeServiceHost

uniform_virtual_directories: Virtual directories offer OAuth alike on every server
  OBJECT                       FOUND                    WANTED
  WebServicesVirtualDirectory  on at EX02; off at EX01  the same on every server
  fix: # Bring every server to the same setting, with the commands of the checks
       # oauth_on_virtual_directories and owa_ecp_modern_auth. What they have:
       Get-MapiVirtualDirectory -ADPropertiesOnly | Format-Table Server, IISAuthenticationMethods
       Get-WebServicesVirtualDirectory -ADPropertiesOnly | Format-Table Server, InternalAuthenticationMethods, ExternalAuthenticationMethods
`);
    expect(text.indexOf("\nUNKNOWN")).toBeLessThan(text.indexOf("\nPASSED"));
  });

  test("stays within 100 columns and never throws, for any rows", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "B", "\\", "-", "9"), maxLength: 80 });
    const text = fc.array(word, { maxLength: 30 }).map((words) => words.join(" "));
    const row = fc.record({
      check: fc.constantFrom("a", "b", "c"),
      title: text,
      severity: fc.constantFrom("critical" as const, "warning" as const, "info" as const),
      object: word,
      verdict: fc.constantFrom("pass" as const, "fail" as const, "unknown" as const),
      found: text,
      wanted: text,
      because: text,
      remedy: text,
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), (rows) => {
        for (const line of renderCheckReport(rows, { collectedAtMs: null, server: null, faults: ["x"] }).split("\n"))
          expect(line.length).toBeLessThanOrEqual(100);
      }),
      { numRuns: 200 },
    );
  });
});

describe("checkReportJson()", () => {
  test("contains the nine properties of the contract in each row", () => {
    const rows: unknown = JSON.parse(checkReportJson(results()));
    expect(Array.isArray(rows) && rows.length > 28).toBe(true);
    for (const row of rows as object[])
      expect(Object.keys(row)).toEqual([
        "check",
        "title",
        "severity",
        "object",
        "verdict",
        "found",
        "wanted",
        "because",
        "remedy",
      ]);
  });
});

describe("hasCriticalFailure()", () => {
  test.each([
    ["nothing fails", () => undefined, false],
    [
      "a warning fails",
      (s: ReturnType<typeof goodSnapshot>) => {
        s.organizationConfig.MapiHttpEnabled = false;
      },
      false,
    ],
    [
      "a critical check fails",
      (s: ReturnType<typeof goodSnapshot>) => {
        s.organizationConfig.OAuth2ClientProfileEnabled = false;
      },
      true,
    ],
    [
      "a critical check is unknown",
      (s: ReturnType<typeof goodSnapshot>) => {
        delete s.organizationConfig;
      },
      false,
    ],
  ] as const)("%s", (_name, change, expected) => {
    expect(hasCriticalFailure(results(change))).toBe(expected);
  });
});
