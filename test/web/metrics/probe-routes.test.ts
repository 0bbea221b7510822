import { describe, expect, test } from "@jest/globals";
import type { ProbeCall, ProbeReply } from "../../../src/web/web-queries.ts";
import { fakeQueries, withApp } from "../web-fixture.ts";

const GOOD: ProbeReply = {
  kind: "values",
  values: [{ kind: "value", metric: "hma_probe_success", labels: { probe: "challenge", protocol: "ews" }, value: 1 }],
};

interface Asked {
  readonly status: number;
  readonly text: string;
  readonly calls: readonly ProbeCall[];
}

async function ask(query: string, headers: Readonly<Record<string, string>> = {}, reply = GOOD): Promise<Asked> {
  const calls: ProbeCall[] = [];
  const probe = (call: ProbeCall): Promise<ProbeReply> => {
    calls.push(call);
    return Promise.resolve(reply);
  };
  return withApp(fakeQueries({ probe }), async ({ port }) => {
    const answer = await fetch(`http://127.0.0.1:${port}/probe${query}`, { headers });
    return { status: answer.status, text: await answer.text(), calls };
  });
}

describe("GET /probe", () => {
  test("returns only the metrics of this run", async () => {
    const { status, text, calls } = await ask("?target=EX01&module=token");
    expect(status).toBe(200);
    expect(text).toContain('hma_probe_success{probe="challenge",protocol="ews"} 1');
    expect(text).not.toContain("hma_exporter_build_info");
    expect(calls).toEqual([{ target: "EX01", module: "token", budgetMs: 120_000 }]);
  });

  test.each([
    ["", "Cannot choose a server"],
    ["?target=", "Cannot choose a server"],
    ["?target=EX01&target=EX02", "Cannot choose a server"],
    ["?target=EX01&module=http_2xx", "challenge or token is expected"],
    ["?target=EX01&module=", "challenge or token is expected"],
  ])("refuses %j before any server is probed", async (query, text) => {
    const asked = await ask(query);
    expect(asked).toMatchObject({ status: 400, calls: [] });
    expect(asked.text).toContain(text);
  });

  test("answers 400 if the daemon refuses the target", async () => {
    const asked = await ask("?target=10.0.0.9", {}, { kind: "refused", why: "Unknown target" });
    expect(asked).toMatchObject({ status: 400, text: "Unknown target\n" });
  });

  test.each([
    ["10", 9_500],
    ["9.5", 9_000],
    ["0.6", 300],
    ["1", 500],
    ["3600", 120_000],
  ])("a scrape timeout of %s s leaves %i ms", async (header, budgetMs) => {
    const { calls } = await ask("?target=EX01", { "X-Prometheus-Scrape-Timeout-Seconds": header });
    expect(calls.map((call) => call.budgetMs)).toEqual([budgetMs]);
  });

  test.each(["soon", "-1", "0", "1e9", "NaN"])("a scrape timeout of %j is a client error", async (header) => {
    const asked = await ask("?target=EX01", { "X-Prometheus-Scrape-Timeout-Seconds": header });
    expect(asked).toMatchObject({ status: 400, calls: [] });
  });

  test("probes that wait for servers do not block pages and scrapes", async () => {
    const waiting = Promise.withResolvers<ProbeReply>();
    const begun = Promise.withResolvers<undefined>();
    const probe = (): Promise<ProbeReply> => {
      begun.resolve(undefined);
      return waiting.promise;
    };
    await withApp(
      fakeQueries({ probe }),
      async ({ port }) => {
        const url = `http://127.0.0.1:${port}`;
        const first = fetch(`${url}/probe?target=EX01`);
        await begun.promise;
        expect((await fetch(`${url}/probe?target=EX02`)).status).toBe(503);
        expect((await fetch(`${url}/`)).status).toBe(200);
        expect((await fetch(`${url}/metrics`)).status).toBe(200);
        waiting.resolve(GOOD);
        expect((await first).status).toBe(200);
      },
      { maxConcurrentRequests: 1 },
    );
  });
});
