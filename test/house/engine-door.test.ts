import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { importsOf, sources, SRC } from "./source-imports.ts";

/** The modules of src/engine that other rooms may import, and what for. */
const DOOR: Readonly<Record<string, string>> = {
  "create-engine.ts": "an engine, and its servers by name",
  "accept-row.ts": "rows in",
  "engine.ts": "logs, facts and rules in; the clock",
  "scanned-requests.ts": "rows of the scanner in",
  "rows-ahead.ts": "rows that are dated ahead of the clock",
  "engine-metrics.ts": "metrics of a server out",
  "incidents/engine-view.ts": "what it shows at an instant",
  "incidents/findings.ts": "open incidents, findings and their rows out",
  "history/history-recorder.ts": "what a history needs at each step",
  "history/history-series.ts": "the history out",
  "history/history-organisation.ts": "the history of the organisation",
  "organisation-state.ts": "the state of the organisation, which the engine gets as facts",
  "maintenance.ts": "whether a server is in maintenance",
  "engine-state.ts": "the record of an engine, and an engine from its record",
  "record/engine-shape.ts": "the shape of that record",
  "record/organisation-shape.ts": "the shape of the organisation's record",
  "record/request-shape.ts": "faults of a record that its shape does not show",
  "record/stored-requests.ts": "records of earlier versions",
  "stored-records.ts": "records of earlier versions",
};

/** Imports of engine modules from other rooms, as `room/file.ts: engine module`. */
function engineImports(): { readonly file: string; readonly module: string }[] {
  return sources(SRC).flatMap((path) => {
    const file = relative(SRC, path);
    if (file.startsWith("engine/")) return [];
    return importsOf(path)
      .filter(({ target }) => target.startsWith("."))
      .map(({ target }) => relative(join(SRC, "engine"), resolve(SRC, dirname(file), target)))
      .filter((module) => !module.startsWith(".."))
      .map((module) => ({ file, module }));
  });
}

/** Assignments to a field of an engine, or of a server that was asked of it. */
function assignments(text: string): string[] {
  return (
    text.match(
      /(?:\bengine|\bserverOf\([^)]*\)|\bknownServer\([^)]*\)\??)\.\w+(?:\.\w+)*\s*(?:[-+*]|\?\?|\|\|)?=(?!=|>)/g,
    ) ?? []
  );
}

describe("the public modules of the engine", () => {
  test("other rooms import only these modules, and each of them is imported", () => {
    const used = engineImports();
    expect(used.filter(({ module }) => !Object.hasOwn(DOOR, module))).toEqual([]);
    expect(Object.keys(DOOR).filter((module) => !used.some((one) => one.module === module))).toEqual([]);
  });

  test("no other room changes its fields", () => {
    const outside = sources(SRC).filter((path) => !relative(SRC, path).startsWith("engine/"));
    expect(
      outside.flatMap((path) => assignments(readFileSync(path, "utf8")).map((text) => `${path}: ${text}`)),
    ).toEqual([]);
  });

  test.each([
    "detection.engine.facts = factsOf(state);",
    "engine.options = { ...engine.options };",
    "serverOf(engine, name).hasEventLog = true;",
    "engine.clientsDropped += 1;",
    "engine.archive.loops = [];",
  ])("a write such as %s is reported", (text) => {
    expect(assignments(text)).toHaveLength(1);
  });

  test.each(["if (engine.facts === NO_FACTS) return;", "const f = (engine) => engine.servers;", "a = engine.clockMs;"])(
    "reading such as %s is not",
    (text) => {
      expect(assignments(text)).toEqual([]);
    },
  );
});
