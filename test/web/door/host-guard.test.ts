import { expect, test } from "@jest/globals";
import { hostname } from "node:os";
import { HostGuard } from "../../../src/web/door/host-guard.ts";
import { OwnNames } from "../../../src/web/door/own-names.ts";

const BROWSER = { "user-agent": "Mozilla/5.0 (X11; Linux x86_64)", "accept-language": "en" };

test.each([
  ["a foreign name", { ...BROWSER, host: "rebound.attacker.example:10401" }, false],
  ["a foreign name, with another user agent", { "accept-language": "en", host: "rebound.example" }, false],
  ["a foreign name, requested by another site", { "sec-fetch-site": "same-origin", host: "a.example" }, false],
  ["no name", { ...BROWSER }, false],
  ["an invalid name", { ...BROWSER, host: "a b" }, false],
  ["an address", { ...BROWSER, host: "10.0.0.5:10401" }, true],
  ["an IPv6 address", { ...BROWSER, host: "[2001:db8::1]:10401" }, true],
  ["localhost", { ...BROWSER, host: "localhost:10401" }, true],
  ["a name without a dot, which nobody else can have in DNS", { ...BROWSER, host: "ex01:10401" }, true],
  ["this machine's name", { ...BROWSER, host: hostname() }, true],
  ["a configured name in any spelling", { ...BROWSER, host: "HMA.contoso.example.:10401" }, true],
  ["any name, but not from a browser", { "user-agent": "Prometheus/3.5.3", host: "alias.example:10401" }, true],
])("HostGuard decides about a request for %s", async (_name, headers, isAccepted) => {
  const guard = new HostGuard(new OwnNames(() => ["hma.contoso.example"]));
  expect(await guard.accepts(headers, "127.0.0.1")).toBe(isAccepted);
});
