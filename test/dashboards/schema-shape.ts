import { join } from "node:path";
import ts from "typescript";
import { PROJECT } from "./board-files.ts";

/** Checks values at run time against the TypeScript types of `@grafana/schema`. */
export interface Shapes {
  /** Differences between the value and the type of that name: a path and the fault for each position. Empty if the value conforms. */
  readonly faults: (value: unknown, type: string) => readonly string[];
}

const COMPOSABLE = "@grafana/schema/dist/esm/raw/composable";
const SOURCE = `
import type { AnnotationQuery, Dashboard, DataQuery, DashboardLink, Panel, RowPanel, VariableModel, GraphFieldConfig, TableFieldOptions } from "@grafana/schema";
import type { Options as Stat } from "${COMPOSABLE}/stat/panelcfg/x/StatPanelCfg_types.gen";
import type { Options as TimeSeries } from "${COMPOSABLE}/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";
import type { Options as Table } from "${COMPOSABLE}/table/panelcfg/x/TablePanelCfg_types.gen";
import type { Options as StateTimeline, FieldConfig as StateTimelineField } from "${COMPOSABLE}/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen";
import type { Options as Heatmap, FieldConfig as HeatmapField } from "${COMPOSABLE}/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen";
import type { Options as BarGauge } from "${COMPOSABLE}/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen";
import type { Options as Text } from "${COMPOSABLE}/text/panelcfg/x/TextPanelCfg_types.gen";
/** Types that the library lacks: classic JSON stores the query's settings in the annotation, and a variable's text next to its query. */
interface PrometheusAnnotation extends AnnotationQuery<DataQuery & { expr?: string; interval?: string }> { expr?: string; step?: string; titleFormat?: string; textFormat?: string; tagKeys?: string; useValueForTime?: boolean; }
interface QueryVariable extends VariableModel { definition?: string; }
interface Named extends Omit<Dashboard, "annotations" | "templating"> { annotations: { list: PrometheusAnnotation[] }; templating: { list: QueryVariable[] }; }
export interface Shapes {
  dashboard: Named; panel: Panel; row: RowPanel; link: DashboardLink;
  "options:stat": Stat; "options:timeseries": TimeSeries; "options:table": Table; "options:state-timeline": StateTimeline;
  "options:heatmap": Heatmap; "options:bargauge": BarGauge; "options:text": Text;
  "custom:timeseries": GraphFieldConfig; "custom:table": TableFieldOptions & { hidden?: boolean }; "custom:state-timeline": StateTimelineField; "custom:heatmap": HeatmapField;
}`;

/** Reads the types of `@grafana/schema` with the TypeScript compiler. Takes one or two seconds. */
export function readShapes(): Shapes {
  const file = join(PROJECT, "test/dashboards/shapes.virtual.ts");
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.getSourceFile = (name, version, ...rest) =>
    name === file ? ts.createSourceFile(name, SOURCE, version) : getSourceFile.call(host, name, version, ...rest);
  host.fileExists = (name) => name === file || fileExists.call(host, name);
  const program = ts.createProgram([file], options, host);
  const source = program.getSourceFile(file);
  if (source === undefined) throw new Error("Cannot read the schema's types: the virtual file is missing");
  const errors = program.getSemanticDiagnostics(source);
  if (errors.length > 0)
    throw new Error(`Cannot read the schema's types: ${ts.flattenDiagnosticMessageText(errors[0]!.messageText, "\n")}`);
  const checker = program.getTypeChecker();
  const declaration = source.statements.find(
    (statement): statement is ts.InterfaceDeclaration =>
      ts.isInterfaceDeclaration(statement) && statement.name.text === "Shapes",
  )!;
  const shapes = checker.getTypeAtLocation(declaration);
  return {
    faults: (value, name) => {
      const property = checker.getPropertyOfType(shapes, name);
      if (property === undefined) throw new Error(`Cannot check the shape '${name}': it is not declared`);
      return faultsOf(value, checker.getTypeOfSymbol(property), { path: "$", checker });
    },
  };
}

/** Where in the checked value a comparison stands, and the types' program. */
interface Position {
  /** `$.panels[3].type` */
  readonly path: string;
  readonly checker: ts.TypeChecker;
}

function faultsOf(value: unknown, type: ts.Type, position: Position): readonly string[] {
  const { path, checker } = position;
  if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return [];
  if (type.isUnion()) {
    const tries = type.types
      .filter((part) => !(part.flags & ts.TypeFlags.Undefined))
      .map((part) => faultsOf(value, part, position));
    return tries.some((faults) => faults.length === 0)
      ? []
      : tries.reduce((best, faults) => (depth(faults) > depth(best) ? faults : best));
  }
  if ((type.flags & ts.TypeFlags.EnumLike && type.isLiteral()) || type.isLiteral())
    return value === type.value ? [] : [`${path}: ${JSON.stringify(value)} is not ${JSON.stringify(type.value)}`];
  if (type.flags & ts.TypeFlags.BooleanLiteral)
    return String(value) === checker.typeToString(type) ? [] : [`${path}: is not ${checker.typeToString(type)}`];
  if (type.flags & ts.TypeFlags.String) return typeof value === "string" ? [] : [`${path}: is no string`];
  if (type.flags & ts.TypeFlags.Number) return typeof value === "number" ? [] : [`${path}: is no number`];
  if (type.flags & ts.TypeFlags.Null) return value === null ? [] : [`${path}: is not null`];
  if (type.flags & ts.TypeFlags.Undefined) return value === undefined ? [] : [`${path}: should be absent`];
  if (checker.isArrayType(type)) {
    if (!Array.isArray(value)) return [`${path}: is no list`];
    const [element] = checker.getTypeArguments(type as ts.TypeReference);
    return value.flatMap((item, index) => faultsOf(item, element!, { path: `${path}[${index}]`, checker }));
  }
  return objectFaults(value, type, position);
}

function objectFaults(value: unknown, type: ts.Type, { path, checker }: Position): readonly string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${path}: is no object`];
  const fields = new Map(Object.entries(value));
  const index = checker.getIndexInfoOfType(type, ts.IndexKind.String);
  const faults: string[] = [];
  for (const property of checker.getPropertiesOfType(type)) {
    const own = fields.get(property.name);
    const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0;
    if (own === undefined) {
      if (!isOptional) faults.push(`${path}.${property.name}: is missing`);
    } else
      faults.push(...faultsOf(own, checker.getTypeOfSymbol(property), { path: `${path}.${property.name}`, checker }));
    fields.delete(property.name);
  }
  for (const [name, own] of fields) {
    if (index === undefined) faults.push(`${path}.${name}: the schema has no such property`);
    else faults.push(...faultsOf(own, index.type, { path: `${path}.${name}`, checker }));
  }
  return faults;
}

/** Depth of the deepest fault: the alternative of a union that matched furthest explains most. */
function depth(faults: readonly string[]): number {
  return Math.min(...faults.map((fault) => fault.split(":")[0]!.split(/[.[]/).length)) - faults.length / 1000;
}
