import { describe, expect, test } from "@jest/globals";
import { classifyPath, endOfFile, startOfFile } from "../../src/sources/classify-path.ts";

const iis = { format: "iis", protocol: null, isBackEnd: false, encoding: "utf8" };
const exchange = (format: string, protocol: string | null = null): object => ({
  format,
  protocol,
  isBackEnd: false,
  encoding: "utf8",
});

describe("classifyPath()", () => {
  test.each([
    ["LogFiles/W3SVC1/u_ex261122.log", iis],
    ["LogFiles/W3SVC1/u_ex261122_x.log", iis],
    ["LogFiles/W3SVC1/u_ex26112208.log", iis],
    ["LogFiles/W3SVC1/u_extend7.log", iis],
    ["LogFiles/W3SVC1/ex261122.log", iis],
    ["logfiles\\w3svc17\\U_EX261122.LOG", iis],
    ["./LogFiles/W3SVC1/u_ex261122.log.gz", iis],
    ["LogFiles/W3SVC2/u_ex261122.log", { ...iis, isBackEnd: true }],
    ["LogFiles/W3SVC02/u_ex261122.log", { ...iis, isBackEnd: true }],
    ["LogFiles/HTTPERR/httperr1.log", exchange("http_err")],
    ["Logging/HttpProxy/Ews/HttpProxy_2026112208-1.LOG", exchange("http_proxy", "ews")],
    ["Logging/HttpProxy/Mapi/HttpProxy_2026112208-1.LOG", exchange("http_proxy", "mapi")],
    ["Logging/HttpProxy/Autodiscover/HttpProxy_2026112208-1.LOG", exchange("http_proxy", "autodiscover")],
    ["Logging/HttpProxy/Eas/HttpProxy_2026112208-1.LOG", exchange("http_proxy", "eas")],
    ["Logging/HttpProxy/OAB/HttpProxy_2026112208-1.LOG", exchange("http_proxy", "oab")],
    ["Logging/HttpProxy/Oab/HttpProxy_2026112208-1.LOG", exchange("http_proxy", "oab")],
    ["Logging/HttpProxy/Owa/HttpProxy_2026112208-1.LOG", exchange("http_proxy", "owa")],
    ["Logging/HttpProxy/OwaCalendar/HttpProxy_2026112208-1.LOG", exchange("http_proxy", "owa")],
    ["Logging/HttpProxy/Ecp/HttpProxy_2026112208-1.LOG", exchange("http_proxy", "ecp")],
    ["Logging/HttpProxy/Rest/HttpProxy_2026112208-1.LOG", exchange("http_proxy", "rest")],
    ["Logging/HttpProxy/RestOutlook/HttpProxy_2026112208-1.LOG", exchange("http_proxy", "rest")],
    ["Logging/HttpProxy/RpcHttp/HttpProxy_2026112208-1.LOG", exchange("http_proxy", "rpc_http")],
    ["Logging/HttpProxy/PowerShell/HttpProxy_2026112208-1.LOG", exchange("http_proxy", "powershell")],
    ["Logging/HttpProxy/Unheard/HttpProxy_2026112208-1.LOG", exchange("http_proxy")],
    ["LOGGING\\HTTPPROXY\\EWS\\HTTPPROXY_2026112208-1.LOG.GZ", exchange("http_proxy", "ews")],
    ["Logging/Ews/Ews_2026112208-1.LOG", exchange("ews")],
    ["Logging/MapiHttp/Mailbox/MapiHttp_2026112208-1.LOG", exchange("mapi_http")],
    ["Logging/MAPI Client Access/MapiHttp_2026112208-1.LOG", exchange("mapi_http")],
    ["Logging/OAuthOutbound/w3wp_MSExchangeServicesAppPool_2026112208-1.LOG", exchange("oauth_outbound")],
    ["events/System.xml", { ...exchange("events"), encoding: "detect" }],
    ["Events\\Application.XML.gz", { ...exchange("events"), encoding: "detect" }],
  ])("%s", (path, place) => {
    expect(classifyPath(path)).toEqual(place);
  });

  test.each([
    "",
    "u_ex261122.log",
    "LogFiles/u_ex261122.log",
    "LogFiles/W3SVC/u_ex261122.log",
    "LogFiles/W3SVC1/deeper/u_ex261122.log",
    "LogFiles/W3SVC1/u_ex261122.zip",
    "Logging/Ews/deeper/Ews_2026112208-1.LOG",
    "Logging/Monitoring/x.log",
    "events/System.evtx",
    "elsewhere/LogFiles/W3SVC1/u_ex261122.log",
    "Logging/Ews/Ews_2026112208-1.LOG.tmp",
    "snapshots/2026-11-22.json",
    "LogFiles/W3SVC1/",
  ])("not a known log: %s", (path) => {
    expect(classifyPath(path)).toBeNull();
  });
});

describe("startOfFile() and endOfFile()", () => {
  const span = (path: string): (string | null)[] =>
    [startOfFile(path), endOfFile(path)].map((ms) => (ms === null ? null : new Date(ms).toISOString()));

  test.each([
    ["LogFiles/W3SVC1/u_ex261122.log", "2026-11-21T00:00:00.000Z", "2026-11-24T00:00:00.000Z"],
    ["LogFiles/W3SVC1/u_ex261122_x.log.gz", "2026-11-21T00:00:00.000Z", "2026-11-24T00:00:00.000Z"],
    ["LogFiles/W3SVC2/ex261231.log", "2026-12-30T00:00:00.000Z", "2027-01-02T00:00:00.000Z"],
    ["LogFiles/W3SVC1/u_ex26112208.log", "2026-11-21T08:00:00.000Z", "2026-11-23T09:00:00.000Z"],
    ["LogFiles/W3SVC1/u_ex2612.log", "2026-11-30T00:00:00.000Z", "2027-01-02T00:00:00.000Z"],
    ["Logging/HttpProxy/Ews/HttpProxy_2026112223-17.LOG", "2026-11-22T23:00:00.000Z", "2026-11-23T01:00:00.000Z"],
    ["Logging/Ews/Ews_2026112208-1.LOG", "2026-11-22T08:00:00.000Z", "2026-11-22T10:00:00.000Z"],
    [
      "Logging/OAuthOutbound/w3wp_MSExchangeServicesAppPool_x_2026112208-1.LOG",
      "2026-11-22T08:00:00.000Z",
      "2026-11-22T10:00:00.000Z",
    ],
  ])("%s", (path, start, end) => {
    expect(span(path)).toEqual([start, end]);
  });

  test.each([
    "LogFiles/W3SVC1/u_extend7.log",
    "LogFiles/W3SVC1/u_ex261322.log",
    "LogFiles/W3SVC1/u_ex260230.log",
    "LogFiles/W3SVC1/u_ex26112224.log",
    "LogFiles/HTTPERR/httperr1.log",
    "events/2026112208-1.xml",
    "Logging/Ews/Ews.log",
    "Logging/Ews/Ews_2026112224-1.LOG",
    "nothing_2026112208-1.log",
  ])("the name has no time: %s", (path) => {
    expect(span(path)).toEqual([null, null]);
  });
});
