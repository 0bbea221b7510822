import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import type { Panel } from "@grafana/schema";
import { join } from "node:path";
import { DEFAULT_PARAMETERS } from "../../alerts/src/parameters.ts";
import { boardFiles, boardJson } from "../../dashboards/src/boards.ts";
import { HEAL_SECONDS } from "../../dashboards/src/expressions.ts";
import { METRICS } from "../../src/catalogue/metrics.ts";
import type { Metric } from "../../src/catalogue/metric.ts";
import { BOARDS } from "../../dashboards/src/link.ts";
import { DASHBOARDS_FOLDER, isRow, panelsOf, readBoards, targetsOf } from "./board-files.ts";

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

describe("time series", () => {
  const lines = [...readBoards().values()].flatMap(panelsOf).filter(({ type }) => type === "timeseries");
  const custom = (panel: Panel): Record<string, unknown> =>
    (panel.fieldConfig?.defaults.custom ?? {}) as Record<string, unknown>;

  test("of ages have an axis of one unit: Grafana's unit of seconds has ticks of 16.7 minutes", () => {
    const ages = lines.filter((panel) => targetsOf(panel).some(({ expr }) => /time\(\)/.test(expr)));
    expect(ages.length).toBeGreaterThan(5);
    const units = { minutes: "/ 60", hours: "/ 3600", days: "/ 86400" };
    for (const panel of ages) {
      const found = {
        unit: panel.fieldConfig?.defaults.unit,
        axis: Object.keys(units).includes(String(custom(panel)["axisLabel"])),
      };
      expect([panel.title, found]).toEqual([panel.title, { unit: "none", axis: true }]);
      const divisor = Object.entries(units).find(([name]) => name === custom(panel)["axisLabel"])?.[1] ?? "";
      for (const { expr } of targetsOf(panel)) expect(expr.endsWith(`) ${divisor}`)).toBe(true);
    }
  });

  test("of lines have no area below them: the areas of many lines are one", () => {
    for (const panel of lines.filter((one) => custom(one)["drawStyle"] === "line" && custom(one)["lineWidth"] === 2))
      expect([panel.title, custom(panel)["fillOpacity"]]).toEqual([panel.title, 0]);
  });
});

test("numbers of one dashboard are written in one way: with separators, or below a thousand", () => {
  const short = [...readBoards().values()]
    .flatMap(panelsOf)
    .filter(({ fieldConfig }) => fieldConfig?.defaults.unit === "short");
  expect(short.map(({ title }) => title)).toEqual([]);
});

test("the titles of narrow panels fit their width at 1,600 pixels", () => {
  const narrow = [...readBoards().values()].flatMap(panelsOf).filter(({ gridPos }) => (gridPos?.w ?? 24) <= 3);
  expect(narrow.length).toBeGreaterThan(10);
  expect(narrow.map(({ title }) => title ?? "").filter((title) => title.length > 18)).toEqual([]);
});

test("heatmaps show their colour scale", () => {
  const heatmaps = [...readBoards().values()].flatMap(panelsOf).filter(({ type }) => type === "heatmap");
  expect(heatmaps.map(({ options }) => options?.["legend"])).toEqual(heatmaps.map(() => ({ show: true })));
});

test("on dashboards of weeks, annotations that would cover the data are switched off", () => {
  const on = (uid: string): string[] =>
    (readBoards().get(`${uid}.json`)?.annotations?.list ?? []).filter(({ enable }) => enable).map(({ name }) => name);
  expect(on("hma-server")).toContain("Firing alerts");
  expect(on("hma-incidents")).toEqual(["Annotations & Alerts", "Incidents"]);
});
