import { describe, expect, test } from "@jest/globals";
import { isInNetwork, parseAddress, parseNetwork } from "../../../src/sources/noise/network.ts";
import { agentPatterns, isAgentPattern } from "../../../src/sources/noise/agent-pattern.ts";
import { NoiseRules } from "../../../src/sources/noise/noise-rules.ts";
import { classifyPath, createFormats } from "../../../src/sources/index.ts";
import { parseLines } from "../read-fixture.ts";

describe("networks", () => {
  test.each<[string, string, boolean]>([
    ["10.0.0.0/28", "10.0.0.15", true],
    ["10.0.0.0/28", "10.0.0.16", false],
    ["10.0.0.0/28", "::ffff:10.0.0.3", true],
    ["0.0.0.0/0", "198.51.100.7", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["10.0.0.5", "10.0.0.5", true],
    ["10.0.0.5", "10.0.0.6", false],
    ["2001:db8::/33", "2001:db8:7fff::1", true],
    ["2001:db8::/33", "2001:db8:8000::1", false],
    ["::/0", "2001:DB8::1", true],
  ])("%s contains %s: %s", (network, address, wanted) => {
    expect(isInNetwork(parseAddress(address)!, parseNetwork(network)!)).toBe(wanted);
  });

  test.each([
    "",
    "10.0.0",
    "10.0.0.256",
    "10.0.0.0/33",
    "10.0.0.0/",
    "10.0.0.0/8/8",
    "2001:db8::/129",
    "a::b::c",
    "x",
    "1:2:3",
  ])("%p is not a network", (text) => {
    expect(parseNetwork(text)).toBeNull();
  });
});

describe("agents", () => {
  test("expressions match anywhere, in any case, with blanks for + and commas", () => {
    const rules = new NoiseRules({ addresses: [], agents: agentPatterns(["^kube-probe/", "health  checker"]) });
    expect(
      ["Kube-Probe/1.30", "x kube-probe/", "F5+Health,+Checker/1", ""].map((agent) => rules.isAgent(agent)),
    ).toEqual([true, false, true, false]);
  });

  test("an expression that makes backtracking engines hang is matched at once for any length of agent", () => {
    const rules = new NoiseRules({ addresses: [], agents: agentPatterns(["^(a+)+$", "(x|xx|xxx)*y"]) });
    expect(rules.isAgent(`${"a".repeat(900)}!`)).toBe(false);
    expect(rules.isAgent("x".repeat(1_000_000))).toBe(false);
  });

  test.each([
    ["(", false],
    ["(?=look)", false],
    ["\\1", false],
    ["^a{1,3}$", true],
  ])("%s is an expression: %s", (text, wanted) => {
    expect(isAgentPattern(text)).toBe(wanted);
  });
});

describe("rows", () => {
  const formats = createFormats({ noise: { addresses: ["192.0.2.0/28"], agents: agentPatterns(["^monitor"]) } });
  const iis = classifyPath("LogFiles/W3SVC1/u_ex261122.log")!;
  const proxy = classifyPath("Logging/HttpProxy/Ews/HttpProxy_2026112208-1.LOG")!;
  const ews = classifyPath("Logging/Ews/Ews_2026112208-1.LOG")!;
  const mapi = classifyPath("Logging/MapiHttp/Mailbox/MapiHttp_2026112208-1.LOG")!;
  const kindOf = (fields: string, row: string, log: typeof iis): string =>
    parseLines(formats[log.format], log, [fields, row])[1]!.kind;

  test.each([
    { name: "a monitor of the balancer", address: "192.0.2.3", forwarded: "-", agent: "x", wanted: "noise" },
    {
      name: "a client behind the balancer",
      address: "192.0.2.3",
      forwarded: "198.51.100.7",
      agent: "x",
      wanted: "row",
    },
    {
      name: "a monitor behind another load balancer",
      address: "192.0.2.3",
      forwarded: "192.0.2.4,+192.0.2.5",
      agent: "x",
      wanted: "noise",
    },
    {
      name: "a client that claims a monitor's address",
      address: "198.51.100.7",
      forwarded: "192.0.2.4",
      agent: "x",
      wanted: "row",
    },
    { name: "an agent", address: "198.51.100.7", forwarded: "-", agent: "Monitor/1", wanted: "noise" },
    { name: "another agent", address: "198.51.100.7", forwarded: "-", agent: "A+Monitor/1", wanted: "row" },
  ])("IIS: $name", ({ address, forwarded, agent, wanted }) => {
    const fields = "#Fields: date time c-ip cs(User-Agent) sc-status X-Forwarded-For";
    expect(kindOf(fields, `2026-11-22 08:00:00 ${address} ${agent} 200 ${forwarded}`, iis)).toBe(wanted);
  });

  test.each([
    ["192.0.2.3", "x", "noise"],
    ["198.51.100.7  192.0.2.3", "x", "row"],
    ["198.51.100.7", "monitor", "noise"],
  ])("HttpProxy and EWS: %s, %s", (address, agent, wanted) => {
    const fields = "DateTime,HttpStatus,ClientIpAddress,UserAgent";
    const row = `2026-11-22T08:00:00Z,200,${address},${agent}`;
    expect([kindOf(fields, row, proxy), kindOf(fields, row, ews)]).toEqual([wanted, wanted]);
  });

  test("MapiHttp: by the address", () => {
    expect(kindOf("DateTime,HttpStatusCode,ClientIP", "2026-11-22T08:00:00Z,200,192.0.2.3", mapi)).toBe("noise");
  });
});
