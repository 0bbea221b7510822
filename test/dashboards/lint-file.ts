import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { DASHBOARDS_FOLDER } from "./board-files.ts";
import type { Finding } from "./lint-rules.ts";

const Entry = z.strictObject({
  dashboard: z.string(),
  panel: z.string().optional(),
  targetIdx: z.string().optional(),
  reason: z.string().optional(),
});
const LintFile = z.strictObject({
  exclusions: z.record(z.string(), z.strictObject({ reason: z.string().min(20), entries: z.array(Entry).min(1) })),
});
export type LintFile = z.infer<typeof LintFile>;

/** An exception in the file: the rule, and where it applies. */
export interface Exclusion extends z.infer<typeof Entry> {
  readonly rule: string;
}

/** `dashboards/.lint` in the linter's own format. Every exclusion has a reason and an entry: a rule is never off for all dashboards. */
export function readLintFile(): readonly Exclusion[] {
  const file = LintFile.parse(parse(readFileSync(join(DASHBOARDS_FOLDER, ".lint"), "utf8")));
  return Object.entries(file.exclusions).flatMap(([rule, { entries }]) => entries.map((entry) => ({ rule, ...entry })));
}

export function excludes(exclusion: Exclusion, finding: Finding): boolean {
  return (
    exclusion.rule === finding.rule &&
    exclusion.dashboard === finding.dashboard &&
    (exclusion.panel === undefined || exclusion.panel === finding.panel) &&
    (exclusion.targetIdx === undefined || Number(exclusion.targetIdx) === finding.target)
  );
}
