import { expect, test } from "@jest/globals";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { hasTool, runTool } from "../alerts/run-tool.ts";
import { panelsOf, readBoards, targetsOf } from "./board-files.ts";

const LABELS = { alertname: "HmaExposed", severity: "warning", component: "keys" };

/** Alerts of two organisations, each with one that concerns the organisation and one of its server. */
const ALERTS = ["hma-contoso", "hma-fabrikam"].flatMap((job) =>
  [{}, { instance: `EX-${job}` }].map((more) => ({ ...LABELS, job, ...more })),
);

(hasTool("promtool") ? test : test.skip)(
  "two organisations in one Prometheus: a dashboard with one of them selected shows its alerts alone",
  async () => {
    const queries = [...readBoards().values()]
      .flatMap(panelsOf)
      .flatMap(targetsOf)
      .map(({ expr }) => expr)
      .filter((expr) => /^max by \([^)]*\) \(ALERTS\{[^}]*\}\)$/.test(expr));
    expect(queries.length).toBeGreaterThan(0);
    const folder = await mkdtemp(join(tmpdir(), "hma-organisations-"));
    try {
      const path = join(folder, "organisations.test.yml");
      const selected = (expr: string): string => expr.replaceAll("$job", "hma-contoso").replaceAll("$instance", ".+");
      await writeFile(
        path,
        stringify({
          tests: [
            {
              interval: "1m",
              input_series: ALERTS.map((labels) => ({
                series: `ALERTS${labelText({ ...labels, alertstate: "firing" })}`,
                values: "1x10",
              })),
              promql_expr_test: queries.map((expr) => ({
                expr: selected(expr),
                eval_time: "5m",
                exp_samples: ALERTS.filter(({ job }) => job === "hma-contoso").map((labels) => ({
                  labels: labelText(labels),
                  value: 1,
                })),
              })),
            },
          ],
        }),
      );
      const { code, stdout, stderr } = await runTool("promtool", ["test", "rules", path]);
      expect({ code, text: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, text: "" });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);

test("every query and annotation of alerts has the dashboard's variables", () => {
  for (const board of readBoards().values()) {
    const annotations = (board.annotations?.list ?? []) as readonly { readonly expr?: string }[];
    const queries = [...panelsOf(board).flatMap(targetsOf), ...annotations].map(({ expr }) => expr ?? "");
    for (const selector of queries.flatMap((expr) => expr.match(/ALERTS\{[^}]*\}/g) ?? [])) {
      expect(selector).toContain('job=~"$job|"');
      expect(selector).toContain('instance=~"$instance|"');
    }
  }
});

function labelText(labels: Readonly<Record<string, string>>): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(", ")}}`;
}
