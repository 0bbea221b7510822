import { describe, expect, test } from "@jest/globals";
import { addressKey, isLoopback } from "../../src/sources/text/address.ts";
import { classifyPath } from "../../src/sources/index.ts";
import { FORMATS } from "./plain-formats.ts";
import { idsKeyOf, readQuery } from "../../src/sources/text/query.ts";
import type { RequestRow } from "../../src/model/row.ts";
import { textKeyOf } from "../../src/model/text-key.ts";
import { parseLines } from "./read-fixture.ts";

/** The logs agree on the client and the request, although their formats differ. */

const IIS_FIELDS = "#Fields: date time cs-uri-stem cs-uri-query cs-username c-ip cs(User-Agent) sc-status";
const PROXY_FIELDS =
  "DateTime,RequestId,Protocol,UrlStem,AuthenticationType,AuthenticatedUser,UserAgent,ClientIpAddress,HttpStatus,BackEndStatus,UrlQuery";
const EWS_FIELDS = "DateTime,RequestId,AuthenticationType,UserAgent,ClientIpAddress,HttpStatus,ProcessId";
const ID = "3656C386-6be1-4301-865a-27c1f99599bd";

describe("one request in two logs", () => {
  test.each([
    {
      name: "IPv4",
      iisAddress: "198.51.100.7",
      proxyAddress: "198.51.100.7",
      iisAgent: "Outlook/16.0+(A,+B)",
      proxyAgent: "Outlook/16.0 (A  B)",
    },
    {
      name: "a chain",
      iisAddress: "198.51.100.7",
      proxyAddress: "198.51.100.7  192.0.2.1",
      iisAgent: "x",
      proxyAgent: "X",
    },
    { name: "a port", iisAddress: "198.51.100.7", proxyAddress: "198.51.100.7:51234", iisAgent: "x", proxyAgent: "x" },
    { name: "IPv6", iisAddress: "2001:DB8::7", proxyAddress: "[2001:db8::7]:51234", iisAgent: "x", proxyAgent: "x" },
    { name: "mapped", iisAddress: "198.51.100.7", proxyAddress: "::ffff:198.51.100.7", iisAgent: "x", proxyAgent: "x" },
    {
      name: "quoted CSV",
      iisAddress: "198.51.100.7",
      proxyAddress: '"198.51.100.7, 192.0.2.1"',
      iisAgent: 'a+"b",+c',
      proxyAgent: '"a ""b"", c"',
    },
  ])("$name", ({ iisAddress, proxyAddress, iisAgent, proxyAgent }) => {
    const iis = request("LogFiles/W3SVC1/u_ex261122.log", [
      IIS_FIELDS,
      "2026-11-22 08:00:01 /mapi/emsmdb/ " +
        `mailboxId=a@contoso.example&User=u&CorrelationID=<empty>;&cafeReqId=${ID}; - ${iisAddress} ${iisAgent} ` +
        "401",
    ]);
    const proxy = request("Logging/HttpProxy/Mapi/HttpProxy_2026112208-1.LOG", [
      PROXY_FIELDS,
      `2026-11-22T08:00:01.500Z,${ID.toLowerCase()},Mapi,/mapi/emsmdb/,Bearer,,${proxyAgent},${proxyAddress},401,,?User=u&MAILBOXID=a@contoso.example`,
    ]);
    const ews = request("Logging/Ews/Ews_2026112208-1.LOG", [
      EWS_FIELDS,
      `2026-11-22T08:00:01.500Z,${ID},OAuth,${proxyAgent},${proxyAddress},401,7`,
    ]);
    for (const other of [proxy, ews]) {
      expect(other.requestKey).toBe(iis.requestKey);
      expect(other.ipKey).toBe(iis.ipKey);
      expect(other.userAgentKey).toBe(iis.userAgentKey);
    }
    expect(proxy.idsKey).toBe(iis.idsKey);
    expect([iis.requestKey, iis.ipKey, iis.userAgentKey, iis.idsKey]).not.toContain(0);
    expect(proxy.appPool).toBe(iis.appPool);
  });
});

describe("readQuery()", () => {
  const read = (query: string): ReturnType<typeof readQuery> =>
    readQuery(Buffer.from(query), 0, Buffer.byteLength(query));

  test("ids have the same key in any order and case, and a different id has a different key", () => {
    const key = read("ClientId=1&MailboxId=2&DeviceId=3&User=4").idsKey;
    expect(read("?user=4;DEVICEID=3&x=y&mailboxid=2&&clientId=1").idsKey).toBe(key);
    expect(read("ClientId=2&MailboxId=1&DeviceId=3&User=4").idsKey).not.toBe(key);
    expect(read("ClientId=1").idsKey).not.toBe(read("DeviceId=1").idsKey);
    expect(key).not.toBe(0);
  });

  test("a value can contain an equals sign", () => {
    expect(read("User=a=b").idsKey).toBe(idsKeyOf({ clientId: 0, mailboxId: 0, deviceId: 0, user: textKeyOf("a=b") }));
  });

  test.each([
    "",
    "-",
    "?",
    "&&&;;;",
    "=",
    "====",
    "ClientId=",
    "ClientId=<empty>&User=-",
    "NotClientId=1",
    "cafeReqId",
    "XcafeReqId=1",
    "User",
    "?User",
  ])("nothing in %s", (query) => {
    expect(read(query)).toEqual({ requestKey: 0, idsKey: 0, namesDevice: false, isProbe: false });
  });

  test.each([
    ["cafeReqId=ab;", "ab"],
    ["&cafeReqId=ab&x=y", "ab"],
    ["CAFEREQID=AB", "ab"],
    ["a=b;cafeReqId=ab;&encoding=;", "ab"],
  ])("request id in %s", (query, id) => {
    expect(read(query).requestKey).toBe(textKeyOf(id));
  });

  test.each(["cafeReqId=<empty>;", "cafeReqId=-", "cafeReqId=;"])("no request id in %s", (query) => {
    expect(read(query).requestKey).toBe(0);
  });
});

describe("addresses", () => {
  const bytesOf = (text: string): [Buffer, number, number] => [
    Buffer.from(`9${text}9`),
    1,
    1 + Buffer.byteLength(text),
  ];

  test.each([
    ["198.51.100.7", "198.51.100.7"],
    ["198.51.100.7:80", "198.51.100.7"],
    ["[2001:db8::7]:80", "2001:db8::7"],
    ["2001:db8::7%12", "2001:db8::7"],
    ["198.51.100.7,+192.0.2.1", "198.51.100.7"],
    [" 198.51.100.7", "198.51.100.7"],
    ["::ffff:198.51.100.7:80", "198.51.100.7"],
    ["::ffff:abcd", "::ffff:abcd"],
  ])("%s is %s", (written, address) => {
    expect(addressKey(...bytesOf(written))).toBe(textKeyOf(address));
  });

  test.each(["", "-"])("none in '%s'", (written) => {
    expect(addressKey(...bytesOf(written))).toBe(0);
  });

  test.each(["::1", "127.0.0.1", "127.255.0.9:80", "fe80::1%3", "[::1]:443", "::ffff:127.0.0.1", "127.0.0.1  ::1"])(
    "own address: %s",
    (written) => {
      expect(isLoopback(...bytesOf(written))).toBe(true);
    },
  );

  test.each([
    "",
    "-",
    "::12",
    "1.127.0.0",
    "10.0.0.1",
    "127.0.0.1  198.51.100.7",
    "198.51.100.7  127.0.0.1",
    "fe81::1",
    "2001:db8::1",
  ])("not an own address: '%s'", (written) => {
    expect(isLoopback(...bytesOf(written))).toBe(false);
  });
});

function request(path: string, lines: readonly string[]): RequestRow {
  const log = classifyPath(path)!;
  const parsed = parseLines(FORMATS[log.format], log, lines).at(-1)!;
  if (parsed.kind !== "row" || parsed.row.kind !== "request") throw new Error(JSON.stringify(parsed));
  return parsed.row;
}
