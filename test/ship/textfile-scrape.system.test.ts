import { expect, test } from "@jest/globals";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { queryInstant, startPrometheus, type Answered } from "../dashboards/prometheus.ts";
import { HAS_PROMETHEUS } from "../web/prometheus.ts";

interface Scrape {
  readonly job_name: string;
  readonly relabel_configs?: readonly unknown[];
  readonly metric_relabel_configs: readonly unknown[];
}

/** What windows_exporter serves: its own series, and those of the exporter's text file. */
const PAGE = `windows_cs_logical_processors 8
windows_textfile_mtime_seconds{file="hma_exporter.prom"} 1
hma_incident_open{app_pool="MSExchangeServicesAppPool",cause="stale_keys_after_recycle"} 1
hma_incident_proven{app_pool="MSExchangeServicesAppPool"} 1
`;

/** The two scrape configurations of "No port" in docs/fleet.md. */
function documented(): readonly Scrape[] {
  const section = readFileSync("docs/fleet.md", "utf8").split("### No port")[1] ?? "";
  // Sample: a block that begins with a list
  return parse(/^```yaml\n( {2}- job_name[\s\S]*?)^```$/m.exec(section)?.[1] ?? "") as readonly Scrape[];
}

const scrapedFrom = (address: string, scrapes: readonly Scrape[]): string =>
  stringify({
    global: { scrape_interval: "1s", scrape_timeout: "1s" },
    scrape_configs: scrapes.map((scrape) => ({
      ...scrape,
      // The target keeps its documented name, and is scraped on this machine.
      relabel_configs: [...(scrape.relabel_configs ?? []), { target_label: "__address__", replacement: address }],
    })),
  });

(HAS_PROMETHEUS ? test : test.skip)(
  "without a port, each series of the exporter is stored once, by the server's name, so that each alert fires once",
  async () => {
    const scrapes = documented();
    expect(scrapes.map(({ job_name: name }) => name)).toEqual(["hma-contoso", "windows"]);
    expect(await jobsOf(scrapes)).toEqual(["hma-contoso EX01"]);
    // Without the second half of the block, the host's job would store them as well.
    const [own, host] = scrapes;
    if (own === undefined || host === undefined) throw new Error("The block has no two jobs");
    expect(await jobsOf([own, { ...host, metric_relabel_configs: [] }])).toEqual([
      "hma-contoso EX01",
      "windows as asked",
    ]);
  },
);

/** Jobs and instances of the exporter's series, once both jobs were scraped. */
async function jobsOf(scrapes: readonly Scrape[]): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "hma-textfile-"));
  const host = createServer((_request, response) => {
    response.setHeader("Content-Type", "text/plain; version=0.0.4");
    response.end(PAGE);
  }).listen(0, "127.0.0.1");
  await once(host, "listening");
  const { port } = host.address() as AddressInfo;
  const prometheus = await startPrometheus(folder, scrapedFrom(`127.0.0.1:${port}`, scrapes));
  try {
    const ask = (expr: string): Promise<readonly Answered[]> => queryInstant(prometheus.url, expr, Date.now() / 1000);
    while ((await ask("up == 1")).length < 2) await wait(200);
    expect((await ask('windows_cs_logical_processors{job="windows"}')).length).toBe(1);
    expect((await ask('windows_textfile_mtime_seconds{job="hma-contoso"}')).length).toBe(1);
    const found = await ask('count by (job, instance) ({__name__=~"hma_.*"})');
    return found
      .map(({ metric }) => `${metric["job"] ?? ""} ${metric["instance"] ?? ""}`.replace(/127\.0\.0\.1:\d+/, "as asked"))
      .sort();
  } finally {
    await prometheus.stop();
    host.close();
    await rm(folder, { recursive: true, force: true });
  }
}
