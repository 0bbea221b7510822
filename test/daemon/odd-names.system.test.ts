import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "@jest/globals";
import { HAS_PROMETHEUS, startPrometheus } from "../web/prometheus.ts";
import { startServe } from "./daemon-process.ts";

/** A folder's name is its server's name, and copies of folders can have any name. */
const NAMES = ["EX 01", "EX#3", "EX%", "EX%20", "EX\u00dc02", "EX01", "EX01 (old)", "EX?4", "EX+5&6", "[EX]"];

(HAS_PROMETHEUS ? test : test.skip)(
  "a real Prometheus finds and scrapes servers whose names have blanks, umlauts and characters of URLs",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "hma-names-"));
    const now = new Date().toISOString();
    for (const name of NAMES) {
      const day = now.slice(2, 10).replaceAll("-", "");
      const path = join(folder, "farm", name, "LogFiles", "W3SVC1", `u_ex${day}.log`);
      mkdirSync(dirname(path), { recursive: true });
      const fields = "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip sc-status\r\n";
      const row = `${now.slice(0, 10)} ${now.slice(11, 19)} 10.0.0.1 GET /EWS/Exchange.asmx - 443 - 10.0.0.9 200\r\n`;
      writeFileSync(path, fields + row);
    }
    const daemon = startServe(join(folder, "farm"), join(folder, "state"));
    const url = await daemon.url;
    const prometheus = await startPrometheus(`
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: hma
    http_sd_configs: [{ url: "${url}/sd", refresh_interval: 1s }]
`);
    try {
      const found = await prometheus.query(
        "hma_server_logs_found == 1 and on (instance) up == 1",
        (samples) => samples.length === NAMES.length,
      );
      expect(found.map(({ labels }) => labels["instance"]).sort()).toEqual([...NAMES].sort());
      expect(await prometheus.scrapeErrors()).toEqual([]);
    } finally {
      await prometheus.stop();
      await daemon.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
  240_000,
);
