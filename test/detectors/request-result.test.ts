import { describe, expect, test } from "@jest/globals";
import { requestFacts } from "../../src/detectors/request-result.ts";
import type { RequestRow } from "../../src/model/row.ts";
import { requestRow, T0, type RowSketch } from "../engine/rows.ts";

const IIS = (sketch: RowSketch): RequestRow => requestRow("iis_front", T0, { status: 401, ...sketch });
const judged = (front: RequestRow): object => {
  const { result, scheme, category } = requestFacts({ iis: front, httpProxy: null, backEnd: null });
  return { result, scheme, category };
};

describe("requestFacts()", () => {
  test.each<[string, RowSketch, object]>([
    ["401 0 0", {}, { result: "suspected", scheme: "unknown", category: null }],
    ["401 2 5", { subStatus: 2, win32Status: 5 }, { result: "challenge", scheme: "anonymous", category: null }],
    [
      "401 1 SEC_E_NO_CREDENTIALS",
      { subStatus: 1, win32Status: 2148074254 },
      { result: "handshake", scheme: "negotiate", category: null },
    ],
    ["401 1 1326", { subStatus: 1, win32Status: 1326 }, { result: "error", scheme: "unknown", category: null }],
    ["401 0 0 with a user", { hasUser: true }, { result: "error", scheme: "unknown", category: null }],
    ["no user column", { hasUser: null }, { result: "suspected", scheme: "unknown", category: null }],
    [
      "neither column logged",
      { subStatus: null, win32Status: null },
      { result: "challenge", scheme: "unknown", category: null },
    ],
    [
      "401 1 without Win32 status",
      { subStatus: 1, win32Status: null },
      { result: "challenge", scheme: "unknown", category: null },
    ],
    [
      "Win32 status alone, of a handshake",
      { subStatus: null, win32Status: 2148074254 },
      { result: "handshake", scheme: "negotiate", category: null },
    ],
    [
      "a URL that takes no Bearer token",
      { takesBearer: false },
      { result: "challenge", scheme: "unknown", category: null },
    ],
    [
      "4000000",
      { category: "oauth_not_available", scheme: "bearer" },
      { result: "challenge", scheme: "bearer", category: "oauth_not_available" },
    ],
    [
      "a reason",
      { category: "unknown", scheme: "bearer" },
      { result: "rejected", scheme: "bearer", category: "unknown" },
    ],
    [
      "403 with a reason",
      { status: 403, category: "invalid_client" },
      { result: "error", scheme: "bearer", category: "invalid_client" },
    ],
    [
      "503 with a reason",
      { status: 503, category: "internal_error" },
      { result: "error", scheme: "bearer", category: "internal_error" },
    ],
    ["503 without", { status: 503 }, { result: "error", scheme: "unknown", category: null }],
  ])("%s", (_, sketch, wanted) => {
    expect(judged(IIS(sketch))).toEqual(wanted);
  });

  test.each(["bearer", "basic", "forms", "anonymous"] as const)(
    "a handshake that IIS proves is never %s, whatever HttpProxy logs",
    (scheme) => {
      const rows = {
        iis: IIS({ subStatus: 1, win32Status: 2148074254 }),
        httpProxy: requestRow("http_proxy", T0, { status: 401, scheme }),
        backEnd: null,
      };
      expect(requestFacts(rows)).toMatchObject({ result: "handshake", scheme: "negotiate" });
    },
  );

  test("a device is one client at any address; other clients are one client per address", () => {
    const clientAt = (ipKey: number, namesDevice: boolean): number =>
      requestFacts({ iis: IIS({ ipKey, idsKey: 7, namesDevice }), httpProxy: null, backEnd: null }).client;
    expect(clientAt(1, true)).toBe(clientAt(2, true));
    expect(clientAt(1, false)).not.toBe(clientAt(2, false));
  });
});
