import { describe, expect, test } from "@jest/globals";
import { isRow, panelsOf, readBoards } from "./board-files.ts";
import { readShapes } from "./schema-shape.ts";

const shapes = readShapes();
const boards = [...readBoards()];
const panels = boards.flatMap(([file, board]) =>
  panelsOf(board).map((panel) => [`${file}: ${panel.title}`, panel] as const),
);

describe("the dashboards against the types of @grafana/schema", () => {
  test.each(boards)("%s is a dashboard", (_, board) => {
    // The fields for manual import are not part of the dashboard.
    const { __inputs: inputs, __requires: requires, ...own } = board as typeof board & Record<string, unknown>;
    expect(shapes.faults({ ...own, panels: [] }, "dashboard")).toEqual([]);
    expect(inputs).toEqual([
      expect.objectContaining({ name: "DS_PROMETHEUS", type: "datasource", pluginId: "prometheus" }),
    ]);
    const source = (board.templating?.list ?? []).find(({ type }) => type === "datasource");
    expect(source?.current?.value).toBe("${DS_PROMETHEUS}");
    const needed = (requires as { type: string; id: string }[]).filter(({ type }) => type === "panel");
    const used = new Set((board.panels ?? []).map(({ type }) => type).filter((type) => type !== "row"));
    expect(new Set(needed.map(({ id }) => id))).toEqual(used);
    for (const row of (board.panels ?? []).filter(isRow)) expect(shapes.faults(row, "row")).toEqual([]);
  });

  test.each(panels)("%s is a panel of its type", (_, panel) => {
    expect(shapes.faults(panel, "panel")).toEqual([]);
    expect(shapes.faults(panel.options, `options:${panel.type}`)).toEqual([]);
    const custom = panel.fieldConfig?.defaults.custom;
    if (custom !== undefined) expect(shapes.faults(custom, `custom:${panel.type}`)).toEqual([]);
  });

  test.each(panels)("%s overrides settings that its type has", (_, panel) => {
    for (const { properties } of panel.fieldConfig?.overrides ?? []) {
      const custom = Object.fromEntries(
        properties
          .filter(({ id }) => id.startsWith("custom."))
          .map(({ id, value }) => [id.slice("custom.".length), value]),
      );
      const plain = Object.fromEntries(
        properties.filter(({ id }) => !id.startsWith("custom.")).map(({ id, value }) => [id, value]),
      );
      if (Object.keys(custom).length > 0)
        expect(shapes.faults({ ...panel.fieldConfig?.defaults.custom, ...custom }, `custom:${panel.type}`)).toEqual([]);
      expect(shapes.faults({ type: "x", fieldConfig: { defaults: plain, overrides: [] } }, "panel")).toEqual([]);
    }
  });

  test.each([
    [
      "a unit that is no text",
      { type: "stat", fieldConfig: { defaults: { unit: 3 }, overrides: [] } },
      "$.fieldConfig.defaults.unit: is no string",
    ],
    ["a property that no panel has", { type: "stat", colour: "red" }, "$.colour: the schema has no such property"],
    ["a panel without a type", {}, "$.type: is missing"],
  ])("faults() reports %s", (_, value, fault) => {
    expect(shapes.faults(value, "panel")).toEqual([fault]);
  });
});
