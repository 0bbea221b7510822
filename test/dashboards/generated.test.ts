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

describe("the committed boards", () => {
  test.each(boardFiles(DEFAULT_PARAMETERS).map(({ file, dashboard }) => [file, dashboard] as const))(
    "%s is what the builders give (npm run mixin writes it)",
    (file, dashboard) => {
      expect(readFileSync(join(DASHBOARDS_FOLDER, file), "utf8")).toBe(boardJson(dashboard));
    },
  );

  test("there are no others", () => {
    expect([...readBoards().keys()].sort()).toEqual(
      Object.values(BOARDS)
        .map(({ uid }) => `${uid}.json`)
        .sort(),
    );
  });

  test.each([...readBoards()])("%s has panel ids and places of their own", (_, board) => {
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

  test.each([...readBoards()])("%s has panel titles of their own, and a description on every panel", (_, board) => {
    const titles = panelsOf(board).map((panel) => panel.title);
    expect(new Set(titles).size).toBe(titles.length);
    expect(
      panelsOf(board)
        .filter((panel) => (panel.description ?? "").length < 20)
        .map((panel) => panel.title),
    ).toEqual([]);
  });

  test.each([...readBoards()])(
    "%s uses panels of Grafana's core alone, links to its peers with time and variables, and marks what happened",
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

test("30 minutes are the bound of a bucket in both histograms of lengths", () => {
  const histograms = (METRICS as readonly Metric[]).filter((metric) => metric.type === "histogram");
  expect(histograms.map((metric) => metric.buckets?.includes(HEAL_SECONDS))).toEqual([true, true]);
});

test("a board of weeks has marks that would cover its data switched off", () => {
  const on = (uid: string): string[] =>
    (readBoards().get(`${uid}.json`)?.annotations?.list ?? []).filter(({ enable }) => enable).map(({ name }) => name);
  expect(on("hma-server")).toContain("Firing alerts");
  expect(on("hma-incidents")).not.toContain("Firing alerts");
  expect(on("hma-incidents")).toContain("Incidents");
});
