import { describe, expect, test } from "@jest/globals";
import type { ProbeRow, WebStatus } from "../../../src/web/web-queries.ts";
import { fakeQueries, OPEN_INCIDENT, STATUS, withApp } from "../web-fixture.ts";

function row(more: Partial<ProbeRow>): ProbeRow {
  return {
    server: "EX01",
    protocol: "ews",
    probe: "challenge",
    verdict: "offered",
    isGood: true,
    why: "Bearer is offered with a valid authority",
    status: 401,
    at: "2026-11-22T08:19:30.000Z",
    since: "2026-11-22T07:00:00.000Z",
    tokenKey: null,
    lastFailure: null,
    ...more,
  };
}
const STALE = row({
  probe: "token",
  verdict: "refused_keys",
  isGood: false,
  why: "the worker does not hold the key that signed the token",
  tokenKey: "missing",
});

async function pageOf(path: string, probe: WebStatus["probe"]): Promise<{ status: number; text: string }> {
  return withApp(fakeQueries({ status: () => ({ ...STATUS, probe }) }), async ({ port }) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: answer.status, text: await answer.text() };
  });
}
/** The text of a section of a page, without tags. */
function textOf(page: string, id: string): string {
  const from = page.slice(page.indexOf(`<h2 id="${id}">`));
  return from
    .slice(0, from.indexOf("<h2", 4))
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

describe("the status page", () => {
  test("shows nothing if no probe is configured", async () => {
    expect((await pageOf("/", null)).text).not.toContain('id="probe"');
  });

  test("states that no server has answered yet", async () => {
    expect(textOf((await pageOf("/", [])).text, "probe")).toBe("Probe No server has answered the probe yet.");
  });

  test("counts the good results and lists the others, with the prediction from the token's key", async () => {
    const { text } = await pageOf("/", [row({}), STALE, row({ server: "EX02" })]);
    expect(textOf(text, "probe")).toBe(
      "Probe not good 2 of 3 results from 2 servers are good. " +
        "Server Protocol Probe Verdict Status Why Token&#39;s key in AD Since Last probed " +
        "EX01 ews token refused_keys 401 the worker does not hold the key that signed the token missing: a new worker refuses it " +
        "2026-11-22 07:00:00 UTC 30s ago",
    );
    expect(text).toContain('<a href="/servers/EX01">EX01</a>');
  });

  test("lists at most twenty bad results", async () => {
    const many = Array.from({ length: 200 }, (_, index) => ({ ...STALE, server: `EX${index}` }));
    const text = textOf((await pageOf("/", many)).text, "probe");
    expect(text.match(/refused_keys/g)).toHaveLength(20);
    expect(text).toContain("and 180 more, on the pages of their servers");
  });
});

describe("a server's page", () => {
  test("shows all its results, its gate and its last failure", async () => {
    const healed = row({
      probe: "token",
      verdict: "accepted",
      tokenKey: "held",
      lastFailure: { verdict: "refused_keys", why: STALE.why, at: "2026-11-22T08:10:00.000Z" },
    });
    const { status, text } = await pageOf("/servers/EX01", [row({}), healed, row({ server: "EX02", verdict: "tls" })]);
    expect(status).toBe(200);
    const plain = text.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
    expect(plain).toContain("held: a new worker accepts it");
    expect(plain).toContain("last failure 2026-11-22 08:10:00 UTC (10m ago)");
    expect(plain).toContain("ews no an incident is open");
    expect(plain).toContain("mapi yes no objection");
    expect(plain).not.toContain("tls");
    expect(plain).not.toContain("EX02");
  });

  test("exists without a probe, but not for an unknown server", async () => {
    expect((await pageOf("/servers/EX01", null)).text).toContain("No probe is configured.");
    expect((await pageOf("/servers/EX01", [])).text).toContain("has not been probed yet");
    expect((await pageOf("/servers/EX99", null)).status).toBe(404);
  });
});

describe("an incident's page", () => {
  test("shows the probe results of its server and app pool", async () => {
    const rows = [STALE, row({ protocol: "mapi", verdict: "tls" }), row({ server: "EX02", verdict: "no_token" })];
    const { text } = await pageOf(`/incidents/${OPEN_INCIDENT.id}`, rows);
    expect(textOf(text, "probe")).toContain("refused_keys");
    expect(textOf(text, "probe")).not.toMatch(/tls|no_token/);
    expect((await pageOf(`/incidents/${OPEN_INCIDENT.id}`, null)).text).not.toContain('id="probe"');
  });
});
