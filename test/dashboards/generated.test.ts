import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_PARAMETERS } from "../../alerts/src/parameters.ts";
import { boardFiles, boardJson } from "../../dashboards/src/boards.ts";
import { HEAL_SECONDS } from "../../dashboards/src/expressions.ts";
import { METRICS } from "../../src/catalogue/metrics.ts";
import type { Metric } from "../../src/catalogue/metric.ts";
import { BOARDS } from "../../dashboards/src/link.ts";
import { DASHBOARDS_FOLDER, isRow, panelsOf, readBoards } from "./board-files.ts";

describe("the committed dashboards", () => {
  test.each(boardFiles(DEFAULT_PARAMETERS).map(({ file, dashboard }) => [file, dashboard] as const))(
    "%s matches the generator's output (npm run mixin writes it)",
    (file, dashboard) => {
      expect(readFileSync(join(DASHBOARDS_FOLDER, file), "utf8")).toBe(boardJson(dashboard));
    },
  );

  test("are all generated", () => {
    expect([...readBoards().keys()].sort()).toEqual(
      Object.values(BOARDS)
        .map(({ uid }) => `${uid}.json`)
        .sort(),
    );
  });

  test.each([...readBoards()])("%s has unique panel ids and positions", (_, board) => {
    const panels = board.panels ?? [];
    expect(new Set(panels.map((panel) => panel.id)).size).toBe(panels.length);
    const cells = new Set<string>();
    for (const { gridPos } of panels) {
      expect(gridPos!.x + gridPos!.w).toBeLessThanOrEqual(24);
      for (let x = gridPos!.x; x < gridPos!.x + gridPos!.w; x += 1) {
        for (let y = gridPos!.y; y < gridPos!.y + gridPos!.h; y += 1) {
          expect(cells).not.toContain(`${x},${y}`);
          cells.add(`${x},${y}`);
        }
      }
    }
  });

  test.each([...readBoards()])("%s has unique panel titles, and a description for every panel", (_, board) => {
    const titles = panelsOf(board).map((panel) => panel.title);
    expect(new Set(titles).size).toBe(titles.length);
    expect(
      panelsOf(board)
        .filter((panel) => (panel.description ?? "").length < 20)
        .map((panel) => panel.title),
    ).toEqual([]);
  });

  test.each([...readBoards()])(
    "%s uses only Grafana core panels, links to the other dashboards with time and variables, and has annotations",
    (_, board) => {
      const types = new Set((board.panels ?? []).filter((panel) => !isRow(panel)).map((panel) => panel.type));
      expect(
        [...types].filter(
          (type) => !["stat", "timeseries", "table", "state-timeline", "heatmap", "bargauge", "text"].includes(type),
        ),
      ).toEqual([]);
      expect(board.links).toEqual([
        expect.objectContaining({ type: "dashboards", keepTime: true, includeVars: true, tags: board.tags }),
      ]);
      expect((board.annotations?.list ?? []).map(({ name }) => name)).toEqual([
        "Annotations & Alerts",
        "Recycles",
        "Key changes",
        "Incidents",
        "Firing alerts",
      ]);
      expect(board.schemaVersion).toBeGreaterThanOrEqual(39);
      expect(board.schemaVersion).toBeLessThanOrEqual(42);
    },
  );
});

test("30 minutes are a bucket bound in both histograms of lengths", () => {
  const histograms = (METRICS as readonly Metric[]).filter((metric) => metric.type === "histogram");
  expect(histograms.map((metric) => metric.buckets?.includes(HEAL_SECONDS))).toEqual([true, true]);
});

test("on dashboards of weeks, annotations that would cover the data are switched off", () => {
  const on = (uid: string): string[] =>
    (readBoards().get(`${uid}.json`)?.annotations?.list ?? []).filter(({ enable }) => enable).map(({ name }) => name);
  expect(on("hma-server")).toContain("Firing alerts");
  expect(on("hma-incidents")).not.toContain("Firing alerts");
  expect(on("hma-incidents")).toContain("Incidents");
});
