import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Dashboard, Panel } from "@grafana/schema";
import { METRICS } from "../../src/catalogue/metrics.ts";
import { hasTool } from "../alerts/run-tool.ts";
import { panelsOf, queryOf, readBoards, targetsOf, type Target } from "./board-files.ts";
import { grafanaData, unknownNames } from "./fields.ts";
import { displayed, framesOf, titleOf } from "./grafana-frames.ts";
import { interpolated, openingLook, runTarget } from "./grafana-query.ts";
import { labelValues, queryInstant, queryRange, type Answered } from "./prometheus.ts";
import { WEEK } from "./simulated-week.ts";
import { startWeekStore, type WeekStore } from "./week-store.ts";

/** Queries that may return nothing or values that are not numbers, and the reasons. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  "HMA / Exporter health: Entra ID documents: age of the last success B":
    "has values only while a fetch fails, which does not happen in the week",
};

const describeWithPrometheus = hasTool("prometheus") && hasTool("promtool") ? describe : describe.skip;

describeWithPrometheus("every query over a week in a real Prometheus", () => {
  const boards = [...readBoards().values()];
  const lib = grafanaData();
  let store: WeekStore;
  beforeAll(async () => {
    store = await startWeekStore();
  }, 300_000);
  afterAll(async () => {
    await store.stop();
  });

  test("the week contains all metrics of the catalogue", async () => {
    const names = new Set(await labelValues(store.url, { selector: '{job="hma"}', label: "__name__" }, WEEK));
    expect(
      METRICS.map((metric) => (metric.type === "histogram" ? `${metric.name}_bucket` : metric.name)).filter(
        (name) => !names.has(name),
      ),
    ).toEqual([]);
  });

  const targets = boards.flatMap((board) =>
    panelsOf(board).flatMap((panel) =>
      targetsOf(panel).map((target) => ({
        name: `${board.title}: ${panel.title} ${target.refId}`,
        board,
        panel,
        target,
      })),
    ),
  );

  const answers = new Map<Target, Promise<readonly Answered[]>>();

  /** What Prometheus answers to the query of a panel, asked once. */
  function answerTo(target: Target, { board, panel }: { readonly board: Dashboard; readonly panel: Panel }) {
    const known = answers.get(target);
    if (known !== undefined) return known;
    const answer = runTarget(store.url, { panel, target }, openingLook(board, WEEK.to, instanceOf(board)));
    answers.set(target, answer);
    return answer;
  }

  test.each(targets)("$name returns finite series", async ({ name, board, panel, target }) => {
    const answer = await answerTo(target, { board, panel });
    if (EXCEPTIONS[name] !== undefined) return;
    expect(answer.length).toBeGreaterThan(0);
    expect(notFinite(answer)).toEqual([]);
  });

  test("no exception is for a query that does not exist", () => {
    expect(Object.keys(EXCEPTIONS).filter((name) => !targets.some((target) => target.name === name))).toEqual([]);
  });

  const panels = boards.flatMap((board) =>
    panelsOf(board)
      .filter((panel) => panel.type !== "text")
      .map((panel) => [`${board.title}: ${panel.title}`, board, panel] as const),
  );

  test.each(panels)(
    "%s: Grafana's library knows all units, reducers, colours, transformations and matchers",
    (_, __, panel) => {
      expect(unknownNames(lib, panel)).toEqual([]);
    },
  );

  test.each(panels)(
    "%s: Grafana's library turns the answer into what the panel is meant to draw",
    async (_, board, panel) => {
      const shown = await Promise.all(targetsOf(panel).map((target) => answerTo(target, { board, panel })));
      const frames = await displayed(lib, { panel, frames: framesOf(lib, panel, shown), theme: lib.createTheme() });
      const fields = frames.flatMap((frame) =>
        frame.fields.map((field) => ({ title: titleOf(lib, field, { frame, all: frames }), field })),
      );
      const withoutText = fields.flatMap(({ field }) =>
        field.values.slice(0, 50).filter((value) => typeof field.display!(value).text !== "string"),
      );
      expect(withoutText).toEqual([]);
      const titles = fields.map(({ title }) => title);
      const missing = (panel.fieldConfig?.overrides ?? [])
        .filter(({ matcher }) => matcher.id === "byName" && !titles.includes(String(matcher.options)))
        .map(({ matcher }) => String(matcher.options));
      // The table has the configured columns in order; colours may exist for names that the week does not contain.
      if (panel.type === "table" && !panel.transformations!.some(({ id }) => id === "groupingToMatrix"))
        expect({ titles, missing }).toEqual({ titles: columnsOf(panel), missing: [] });
      if (panel.type === "table") expect(frames).toHaveLength(1);
    },
  );

  test.each(boards.map((board) => [board.title ?? "", board] as const))(
    "%s has values for its variables",
    async (_, board) => {
      for (const variable of (board.templating?.list ?? []).filter(({ type }) => type === "query")) {
        // Sample: label_values(up{job=~"$job"}, instance)
        const parts = /^label_values\((.+), (\w+)\)$/.exec(queryOf(variable));
        const values = await labelValues(
          store.url,
          { selector: interpolated(parts![1]!, 60, openingLook(board, WEEK.to, ".+")), label: parts![2]! },
          WEEK,
        );
        expect([variable.name, values.length > 0]).toEqual([variable.name, true]);
      }
    },
  );

  const annotations = boards[0]!.annotations!.list!.filter((annotation) => annotation.builtIn !== 1);
  test.each(
    annotations.map(
      (annotation) => [annotation.name, annotation as { expr?: string; useValueForTime?: boolean }] as const,
    ),
  )("annotation %s marks what happened", async (_, annotation) => {
    const answer = await queryRange(store.url, interpolated(annotation.expr!, 600, { ...WEEK, instance: ".+" }), {
      ...WEEK,
      step: 600,
    });
    expect(answer.length).toBeGreaterThan(0);
    const instants = answer.flatMap(({ values }) => values.map(([, value]) => Number(value)));
    if (annotation.useValueForTime === true)
      expect(instants.filter((ms) => ms < (WEEK.from - 30 * 86_400) * 1000 || ms > WEEK.to * 1000)).toEqual([]);
  });

  test("the checks have a column for the organisation, each server, its AuthServers and checks without a verdict", async () => {
    const board = readBoards().get("hma-compliance.json")!;
    const panel = panelsOf(board).find(({ title }) => title === "Checks × servers")!;
    const [target] = targetsOf(panel);
    const answer = await runTarget(store.url, { panel, target: target! }, openingLook(board, WEEK.to, ".+"));
    const columns = new Set(answer.map(({ metric }) => metric["server"]));
    expect([...columns].sort()).toEqual(["EX01", "EX02", "EX03", "EvoSts", "organisation", "unknown for some"]);
  });

  test("missing values are shown as missing, for an organisation that no exporter checks", async () => {
    const exposed = panelsOf(boards.find((board) => board.uid === "hma-fleet")!).find(
      (panel) => panel.title === "Exposed",
    )!;
    expect(
      await queryInstant(
        store.url,
        interpolated(targetsOf(exposed)[0]!.expr, 60, { ...WEEK, instance: ".+" }),
        WEEK.from - 86_400,
      ),
    ).toEqual([]);
    expect(exposed.fieldConfig!.defaults.noValue).toBe("unknown");
  });
});

function instanceOf(board: Dashboard): string {
  return board.uid === "hma-server" ? "EX02" : ".+";
}

/** Titles of a table's columns from its settings. */
function columnsOf(panel: Panel): readonly string[] {
  const organize = panel.transformations!.find(({ id }) => id === "organize")!.options as {
    indexByName: Record<string, number>;
    renameByName: Record<string, string>;
  };
  return Object.entries(organize.indexByName)
    .sort(([, a], [, b]) => a - b)
    .map(([field]) => organize.renameByName[field] ?? field);
}

function notFinite(answer: readonly Answered[]): readonly string[] {
  return answer.flatMap(({ metric, values }) =>
    values.every(([, value]) => Number.isFinite(Number(value))) ? [] : [JSON.stringify(metric)],
  );
}
