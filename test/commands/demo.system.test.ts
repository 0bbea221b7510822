import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { queryPrometheus, startPrometheus } from "../alerts/live-stack.ts";
import { until } from "../daemon/daemon-process.ts";
import { PROGRAM } from "../program.ts";

type Prometheus = Awaited<ReturnType<typeof startPrometheus>>;
const hasPrometheus = spawnSync("prometheus", ["--version"]).status === 0;

/** The current verdict by protocol. */
async function probed(url: string): Promise<{ verdicts: Record<string, string>; text: string }> {
  const text = await (await fetch(url)).text();
  const found = text.matchAll(/^hma_probe_verdict\{protocol="(\w+)",verdict="(\w+)"\} 1$/gm);
  return { verdicts: Object.fromEntries([...found].map(([, protocol, verdict]) => [protocol, verdict])), text };
}

/** The demo started as in the README, and a real Prometheus that discovers its servers. */
describe("demo", () => {
  let child: ChildProcess;
  let url = "";
  let prometheus: Prometheus | null = null;

  beforeAll(async () => {
    child = spawn(process.execPath, [PROGRAM, "demo", "--web.listen-address", "127.0.0.1:0"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    url = await new Promise<string>((resolve) => {
      if (child.stdout !== null)
        createInterface({ input: child.stdout }).on("line", (line) => {
          const address = /^The exporter is at (\S+)/.exec(line)?.[1];
          if (address !== undefined) resolve(address);
        });
    });
    if (hasPrometheus) prometheus = await startPrometheus({ job: "hma-exporter", sdUrl: `${url}/sd` });
  }, 240_000);

  afterAll(async () => {
    await prometheus?.stop();
    const gone = new Promise((resolve) => {
      child.once("exit", resolve);
    });
    child.kill("SIGINT");
    await gone;
  }, 60_000);

  test("the probe fails before the first client is refused, and the gate opens again", async () => {
    const gate = async (): Promise<string> => (await fetch(`${url}/ready/ews?server=EX02`)).text();
    await until(
      async () => ((await gate()).includes("does not hold the key") ? true : null),
      60_000,
      () => "the gate of EX02 does not wait for its worker",
    );
    const page = await (await fetch(`${url}/servers/EX02`)).text();
    expect(page).toContain('<span class="badge bad">refused_keys</span>');
    expect(page).toContain("missing: a new worker refuses it");
    // The workers of the pools start one after the other, so an older one may still accept.
    let last: Record<string, string> = {};
    const text = await until(
      async () => {
        const { verdicts, text: page } = await probed(`${url}/probe?target=EX02&module=token`);
        last = verdicts;
        return ["ews", "rest"].every((protocol) => verdicts[protocol] === "refused_keys") ? page : null;
      },
      50_000,
      () => `the verdicts of EX02 are ${JSON.stringify(last)}`,
    );
    expect(last).toMatchObject({ mapi: "offered" });
    expect(text).toContain('hma_probe_success{probe="token",protocol="ews"} 0');
    await until(
      async () => ((await gate()).includes("the probe's token was accepted") ? true : null),
      240_000,
      () => "the gate of EX02 stays closed",
    );
    const { incidents } = (await (await fetch(`${url}/api/v1/incidents`)).json()) as {
      incidents: { server: string; end: string | null }[];
    };
    expect(incidents.filter(({ server, end }) => server === "EX02" && end === null)).toEqual([]);
  }, 320_000);

  test("its incident appears in the API and on the page", async () => {
    const incident = await until(
      async () => {
        const { incidents } = (await (await fetch(`${url}/api/v1/incidents`)).json()) as {
          incidents: {
            id: string;
            server: string;
            cause: string;
            end: string | null;
            proven: boolean;
            evidence: { kind: string }[];
          }[];
        };
        return incidents.find((one) => one.server === "EX01" && one.end === null) ?? null;
      },
      240_000,
      () => "no open incident on EX01",
    );
    expect(incident).toMatchObject({ cause: "stale_keys_after_recycle", proven: true });
    expect(incident.evidence.map((one) => one.kind)).toContain("recycle");
    const page = await (await fetch(`${url}/incidents/${incident.id}`)).text();
    expect(page).toContain("MSExchangeMapiFrontEndAppPool");
    expect(await (await fetch(url)).text()).toContain("EX01");
  }, 300_000);

  (hasPrometheus ? test : test.skip)(
    "can be scraped by Prometheus, whose queries return the incident",
    async () => {
      if (prometheus === null) throw new Error("Prometheus was not started");
      const running = prometheus;
      const series = await until(
        async () => {
          const found = await queryPrometheus(running, 'hma_incident_open{instance="EX01"} == 1');
          return found.length === 1 ? (found[0] ?? null) : null;
        },
        240_000,
        () => "no series of the open incident",
      );
      expect(series.labels).toMatchObject({
        app_pool: "MSExchangeMapiFrontEndAppPool",
        cause: "stale_keys_after_recycle",
        job: "hma-exporter",
      });
      await until(
        async () => {
          const up = (await queryPrometheus(running, "up == 1")).map((one) => one.labels["instance"]);
          return up.sort().join() === "EX01,EX02,EX03" ? true : null;
        },
        60_000,
        () => "not every server was scraped",
      );
      const [rejected] = await queryPrometheus(running, 'sum(hma_requests_total{instance="EX01",result="rejected"})');
      expect(rejected?.value).toBeGreaterThan(10);
    },
    300_000,
  );

  (hasPrometheus ? test : test.skip).each(["/metrics", "/metrics/servers/EX01"])(
    "promtool check metrics reports nothing for %s",
    async (path) => {
      const body = await (await fetch(url + path)).text();
      const checked = spawnSync("promtool", ["check", "metrics"], { input: body, encoding: "utf8" });
      expect([checked.status, checked.stderr]).toEqual([0, ""]);
    },
  );
});
