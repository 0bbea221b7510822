import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { classifyPath } from "../../src/sources/index.ts";
import { FORMATS } from "./plain-formats.ts";
import { textKeyOf } from "../../src/model/text-key.ts";
import { parseLines } from "./read-fixture.ts";

/** Real rows of Exchange 2016, if they are available next to the project. */

const SAMPLES = new URL("../../../shared/samples/exchange-logs/", import.meta.url);
const whereSamplesAre = existsSync(SAMPLES) ? describe : describe.skip;
const noise = (at: string, worker?: number): object => ({
  kind: "noise",
  atMs: Date.parse(at),
  ...(worker === undefined
    ? {}
    : { worker: { kind: "worker", atMs: Date.parse(at), appPool: "MSExchangeServicesAppPool", processId: worker } }),
});
const request = (fields: object): object => ({
  kind: "row",
  row: {
    kind: "request",
    source: "http_proxy",
    subStatus: null,
    win32Status: null,
    namesDevice: false,
    backEndStatus: 0,
    category: null,
    isBackEndReason: false,
    showsReasons: true,
    hasUser: false,
    ipKey: textKeyOf("95.5.6.7"),
    idsKey: 0,
    processId: 0,
    peerServer: "",
    ...fields,
  },
});

whereSamplesAre("real logs", () => {
  test.each([
    [
      "Ews/HttpProxy_2023010601-1.LOG",
      "Logging/HttpProxy/Ews/HttpProxy_2023010601-1.LOG",
      [noise("2023-01-06T01:00:05.344Z")],
    ],
    [
      "Mapi/HttpProxy_2023010601-1.LOG",
      "Logging/HttpProxy/Mapi/HttpProxy_2023010601-1.LOG",
      [noise("2023-01-06T01:00:04.124Z"), noise("2023-01-06T01:00:04.141Z"), noise("2023-01-06T01:00:04.152Z")],
    ],
    [
      "PowerShell/HttpProxy_2023011116-1.LOG",
      "Logging/HttpProxy/PowerShell/HttpProxy_2023011116-1.LOG",
      [noise("2023-01-11T16:01:44.205Z"), noise("2023-01-11T16:01:44.238Z")],
    ],
    ["Ews_2023010616-1.LOG", "Logging/Ews/Ews_2023010616-1.LOG", [noise("2023-01-06T16:00:06.410Z", 9716)]],
    [
      "Owa/HttpProxy_2023010602-1.LOG",
      "Logging/HttpProxy/Owa/HttpProxy_2023010602-1.LOG",
      [
        request({
          atMs: Date.parse("2023-01-06T02:20:32.841Z"),
          requestKey: textKeyOf("47a25adf-57a3-4538-ba98-4bafdfee8095"),
          protocol: "owa",
          takesBearer: true,
          appPool: "MSExchangeOWAAppPool",
          scheme: "forms",
          status: 302,
          userAgentKey: textKeyOf(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML  like Gecko) Chrome/62.0.3202.62 Safari/537.36",
          ),
        }),
      ],
    ],
    [
      "RpcHttp/HttpProxy_2023010708-1.LOG",
      "Logging/HttpProxy/RpcHttp/HttpProxy_2023010708-1.LOG",
      [
        request({
          atMs: Date.parse("2023-01-07T08:39:45.725Z"),
          requestKey: textKeyOf("12345678-9876-1234-1234-d8c5ea0edcd3"),
          protocol: "rpc_http",
          takesBearer: false,
          appPool: "MSExchangeRpcProxyFrontEndAppPool",
          scheme: "ntlm",
          status: 401,
          userAgentKey: textKeyOf(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML  like Gecko) Chrome/107.0.0.0 Safari/537.36",
          ),
        }),
      ],
    ],
  ])("%s", (file, path, rows) => {
    const log = classifyPath(path)!;
    const parsed = parseLines(
      FORMATS[log.format],
      log,
      readFileSync(new URL(file, SAMPLES), "utf8").trimEnd().split("\n"),
    );
    expect(parsed.map(({ kind }) => kind).slice(0, 5)).toEqual(["header", "header", "header", "header", "header"]);
    expect(parsed.slice(5)).toEqual(rows);
  });
});
