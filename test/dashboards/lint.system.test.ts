import { describe, expect, test } from "@jest/globals";
import type { Dashboard, Panel } from "@grafana/schema";
import { panelsOf, readBoards } from "./board-files.ts";
import { excludes, readLintFile } from "./lint-file.ts";
import { lint, LINT_RULES } from "./lint-rules.ts";

const boards = [...readBoards().values()];
const exclusions = readLintFile();

describe("the rules of grafana/dashboard-linter", () => {
  test.each(Object.keys(LINT_RULES))("%s finds nothing in the boards beyond the reasoned exceptions", (rule) => {
    const findings = boards.flatMap(lint).filter((finding) => finding.rule === rule);
    expect(findings.filter((finding) => !exclusions.some((exclusion) => excludes(exclusion, finding)))).toEqual([]);
  });

  test("every exception of the .lint file is needed", () => {
    const findings = boards.flatMap(lint);
    expect(exclusions.filter((exclusion) => !findings.some((finding) => excludes(exclusion, finding)))).toEqual([]);
  });

  const spoilt: readonly (readonly [rule: string, spoil: (board: Dashboard) => Dashboard])[] = [
    [
      "template-datasource-rule",
      (board) => ({
        ...board,
        templating: {
          list: board.templating!.list!.map((variable) =>
            variable.type === "datasource" ? { ...variable, name: "source" } : variable,
          ),
        },
      }),
    ],
    ["template-job-rule", (board) => withVariable(board, "job", { multi: false })],
    ["template-instance-rule", (board) => withVariable(board, "instance", { allValue: ".*" })],
    ["template-label-promql-rule", (board) => withVariable(board, "job", { query: "label_valuez(up, job)" })],
    ["template-on-time-change-reload-rule", (board) => withVariable(board, "job", { refresh: 1 })],
    ["panel-datasource-rule", (board) => withPanel(board, { datasource: { type: "prometheus", uid: "prometheus" } })],
    ["panel-title-description-rule", (board) => withPanel(board, { description: "" })],
    [
      "panel-units-rule",
      (board) => withPanel(board, { fieldConfig: { defaults: { unit: "furlongs" }, overrides: [] } }),
    ],
    ["panel-no-targets-rule", (board) => withPanel(board, { targets: [] })],
    ["target-logql-rule", (board) => withTarget(board, { datasource: { type: "loki" } })],
    ["target-logql-auto-rule", (board) => withTarget(board, { datasource: { type: "loki" } })],
    ["target-promql-rule", (board) => withTarget(board, { expr: "sum(up" })],
    [
      "target-rate-interval-rule",
      (board) => withTarget(board, { expr: 'rate(hma_requests_total{job=~"$job", instance=~"$instance"}[5m])' }),
    ],
    ["target-job-rule", (board) => withTarget(board, { expr: 'up{instance=~"$instance"}' })],
    ["target-instance-rule", (board) => withTarget(board, { expr: 'up{job=~"$job", instance="$instance"}' })],
    [
      "target-counter-agg-rule",
      (board) => withTarget(board, { expr: 'sum(hma_requests_total{job=~"$job", instance=~"$instance"})' }),
    ],
    ["uneditable-dashboard", (board) => ({ ...board, editable: true })],
  ];

  test.each(spoilt)("%s detects its fault", (rule, spoil) => {
    const sound: Dashboard = { ...boards[0]!, editable: false, panels: [panelsOf(boards[0]!)[0]!] };
    expect(lint(sound).filter((finding) => finding.rule === rule)).toEqual([]);
    expect(lint(spoil(sound)).filter((finding) => finding.rule === rule)).not.toEqual([]);
  });

  test("every rule has a test that detects its fault", () => {
    expect(spoilt.map(([rule]) => rule).sort()).toEqual(Object.keys(LINT_RULES).sort());
  });
});

function withVariable(board: Dashboard, name: string, change: object): Dashboard {
  return {
    ...board,
    templating: {
      list: board.templating!.list!.map((variable) => (variable.name === name ? { ...variable, ...change } : variable)),
    },
  };
}

function withPanel(board: Dashboard, change: Partial<Panel>): Dashboard {
  return { ...board, panels: panelsOf(board).map((panel) => ({ ...panel, ...change })) };
}

function withTarget(board: Dashboard, change: object): Dashboard {
  return withPanel(board, { targets: [{ ...panelsOf(board)[0]!.targets![0]!, ...change }] });
}
