import type * as grafana from "@grafana/data";
import type { DataFrame, DataTransformerInfo, Field, GrafanaTheme2 } from "@grafana/data";
import type { Panel } from "@grafana/schema";
import { targetsOf, type Target } from "./board-files.ts";
import type { Answered } from "./prometheus.ts";

/** Grafana's data library, loaded by Node or the browser. */
export type GrafanaData = typeof grafana;

/** Initialises the library's registries, as Grafana does at its start. */
export function prepare(lib: GrafanaData): void {
  // The library uses the browser's window.
  const scope = globalThis as { window?: unknown };
  scope.window ??= globalThis;
  // Some are registered twice, also under an old name.
  const transformers = [
    ...new Map(
      (Object.values(lib.standardTransformers) as DataTransformerInfo[]).map((transformer) => [
        transformer.id,
        transformer,
      ]),
    ).values(),
  ];
  lib.standardTransformersRegistry.setInit(() =>
    transformers.map((transformer) => ({
      id: transformer.id,
      name: transformer.name,
      aliasIds: transformer.aliasIds ?? [],
      transformation: () => Promise.resolve(transformer),
      editor: () => null,
      imageDark: "",
      imageLight: "",
    })),
  );
}

/** Data frames that Grafana's Prometheus data source creates from the answers to a panel's queries. */
export function framesOf(lib: GrafanaData, panel: Panel, answers: readonly (readonly Answered[])[]): DataFrame[] {
  const targets = targetsOf(panel);
  const answered = answers.filter((answer) => answer.length > 0).length;
  // Grafana knows the step of each query: a series with gaps is as fine as the others of its panel.
  const steps = answers.flat().flatMap(({ values }) => (values.length < 2 ? [] : stepOf(values)));
  const stepMs = steps.length === 0 ? 0 : Math.min(...steps);
  return targets.flatMap((target, index) => {
    const answer = answers[index] ?? [];
    if (answer.length === 0) return [];
    if (target.format === "table")
      return [tableFrame(lib, { target, valueName: answered > 1 ? `Value #${target.refId}` : "Value" }, answer)];
    if (target.format === "heatmap") return heatmapFrame(lib, target, answer);
    return answer.map((series) => seriesFrame(lib, target, { ...series, stepMs }));
  });
}

function seriesFrame(
  lib: GrafanaData,
  target: Target,
  { metric, values, stepMs }: Answered & { readonly stepMs: number },
): DataFrame {
  return lib.toDataFrame({
    refId: target.refId,
    fields: [
      {
        name: "Time",
        type: lib.FieldType.time,
        values: values.map(([at]) => at * 1000),
        config: { interval: stepMs },
      },
      {
        name: "Value",
        type: lib.FieldType.number,
        labels: { ...metric },
        values: values.map(([, value]) => Number(value)),
        config: { displayNameFromDS: legendOf(target.legendFormat, metric) },
      },
    ],
  });
}

/** The shortest time between two samples. Milliseconds */
function stepOf(values: Answered["values"]): number {
  return Math.min(...values.slice(1).map(([at], index) => at - values[index]![0])) * 1000;
}

function legendOf(format: string, labels: Readonly<Record<string, string>>): string {
  if (format === "__auto") return Object.values(labels).join(" ") || "Value";
  // Sample: {{instance}} {{app_pool}}
  return format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => labels[label] ?? "");
}

function tableFrame(
  lib: GrafanaData,
  { target, valueName }: { readonly target: Target; readonly valueName: string },
  answer: readonly Answered[],
): DataFrame {
  const labels = [...new Set(answer.flatMap(({ metric }) => Object.keys(metric)))].sort();
  const rows = answer.flatMap(({ metric, values }) => values.map(([at, value]) => ({ metric, at, value })));
  return lib.toDataFrame({
    refId: target.refId,
    fields: [
      { name: "Time", type: lib.FieldType.time, values: rows.map(({ at }) => at * 1000) },
      ...labels.map((label) => ({
        name: label,
        type: lib.FieldType.string,
        values: rows.map(({ metric }) => metric[label] ?? ""),
      })),
      { name: valueName, type: lib.FieldType.number, values: rows.map(({ value }) => Number(value)) },
    ],
  });
}

/** Buckets by bound, each without the count of the next lower one. */
function heatmapFrame(lib: GrafanaData, target: Target, answer: readonly Answered[]): DataFrame[] {
  const sorted = [...answer].sort((a, b) => boundOf(a) - boundOf(b));
  const times = [...new Set(sorted.flatMap(({ values }) => values.map(([at]) => at)))].sort((a, b) => a - b);
  const byTime = sorted.map(({ values }) => new Map(values.map(([at, value]) => [at, Number(value)])));
  return [
    lib.toDataFrame({
      refId: target.refId,
      fields: [
        { name: "Time", type: lib.FieldType.time, values: times.map((at) => at * 1000) },
        ...sorted.map(({ metric }, index) => ({
          name: metric["le"] ?? "",
          type: lib.FieldType.number,
          labels: { ...metric },
          values: times.map((at) =>
            Math.max(0, (byTime[index]!.get(at) ?? 0) - (index === 0 ? 0 : (byTime[index - 1]!.get(at) ?? 0))),
          ),
        })),
      ],
    }),
  ];
}

function boundOf({ metric }: Answered): number {
  const bound = metric["le"] ?? "";
  return bound === "+Inf" ? Number.POSITIVE_INFINITY : Number(bound);
}

interface Drawing {
  readonly panel: Panel;
  readonly frames: DataFrame[];
  readonly theme: GrafanaTheme2;
}

/** The frames after the panel's transformations and field settings, which the panel draws. */
export async function displayed(lib: GrafanaData, { panel, frames, theme }: Drawing): Promise<DataFrame[]> {
  const transformed = await new Promise<DataFrame[]>((resolve, reject) => {
    lib
      .transformDataFrame([...(panel.transformations ?? [])] as never, frames, { interpolate: (text) => text })
      .subscribe({ next: resolve, error: reject });
  });
  const shown = lib.applyFieldOverrides({
    data: transformed,
    fieldConfig: (panel.fieldConfig ?? { defaults: {}, overrides: [] }) as never,
    fieldConfigRegistry: ANY_SETTING as never,
    replaceVariables: (text) => text,
    theme,
    timeZone: "utc",
  });
  lib.cacheFieldDisplayNames(shown);
  return shown;
}

/** Accepts any setting id; the schema test checks which settings exist. */
const ANY_SETTING = {
  getIfExists: (id: string) => settingOf(id),
  get: (id: string) => settingOf(id),
  list: () => [...STANDARD.map(settingOf), ...CUSTOM.map((name) => settingOf(`custom.${name}`))],
};

/** Settings that a default may contain: for all panels, and for one type of panel. */
const STANDARD = [
  "unit",
  "decimals",
  "min",
  "max",
  "noValue",
  "mappings",
  "thresholds",
  "color",
  "links",
  "displayName",
];
const CUSTOM = [
  "drawStyle",
  "lineInterpolation",
  "lineWidth",
  "fillOpacity",
  "showPoints",
  "pointSize",
  "spanNulls",
  "axisPlacement",
  "axisLabel",
  "axisSoftMin",
  "axisSoftMax",
  "axisWidth",
  "stacking",
  "thresholdsStyle",
  "lineStyle",
  "align",
  "cellOptions",
  "inspect",
  "filterable",
  "width",
  "wrapText",
  "hidden",
  "hideFrom",
  "scaleDistribution",
];

function settingOf(id: string): object {
  // Sample: custom.cellOptions
  const path = id.replace(/^custom\./, "");
  return {
    id,
    path,
    name: id,
    isCustom: id.startsWith("custom."),
    process: (value: unknown) => value,
    shouldApply: () => true,
    settings: {},
  };
}

/** Displayed title of a field of `frame`, one of the frames `all` of its panel. */
export function titleOf(
  lib: GrafanaData,
  field: Field,
  { frame, all }: { readonly frame: DataFrame; readonly all: DataFrame[] },
): string {
  return lib.getFieldDisplayName(field, frame, all);
}
