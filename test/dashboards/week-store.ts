import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { readRuleFiles } from "../alerts/rule-files.ts";
import { runTool } from "../alerts/run-tool.ts";
import { startPrometheus, type Prometheus } from "./prometheus.ts";
import { WEEK, writeWeek } from "./simulated-week.ts";

export interface WeekStore extends Prometheus {
  readonly folder: string;
}

/** Groups whose recorded series the boards show. */
const RECORDED_GROUPS = ["hma-capacity", "hma-thresholds"];

/**
 * Prometheus over the simulated week and over what the rules would have recorded of it. The rules are evaluated twice, because some
 * are made of others. `stop()` ends it and removes its folder.
 */
export async function startWeekStore(): Promise<WeekStore> {
  const folder = await mkdtemp(join(tmpdir(), "hma-week-"));
  const data = join(folder, "data");
  await mkdir(data);
  await writeWeek(join(folder, "week.om"));
  await promtool(["tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=768h", "-q", join(folder, "week.om"), data]);
  await rm(join(folder, "week.om"));
  const rules = join(folder, "recording.yml");
  await writeFile(rules, stringify({ groups: recordingGroups() }));
  for (let pass = 0; pass < 2; pass += 1) {
    const prometheus = await startPrometheus(folder);
    await promtool(["tsdb", "create-blocks-from", "rules", `--url=${prometheus.url}`, `--start=${WEEK.from}`, `--end=${WEEK.to}`, `--output-dir=${data}`, rules]).finally(prometheus.stop);
  }
  const prometheus = await startPrometheus(folder);
  return { ...prometheus, folder, stop: async () => { await prometheus.stop(); await rm(folder, { recursive: true, force: true }); } };
}

/** The recording rules of the alerts folder, at the resolution of the week. */
function recordingGroups(): readonly object[] {
  return readRuleFiles().flatMap((file) => file.content.groups).filter((group) => RECORDED_GROUPS.includes(group.name)).map((group) => ({
    ...group, interval: "5m", rules: group.rules.filter((rule) => rule.record !== undefined).map((rule) => ({ ...rule, expr: rule.expr.replaceAll("[5m]", "[11m]") })),
  }));
}

async function promtool(args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await runTool("promtool", args);
  if (code !== 0) throw new Error(`Cannot run promtool ${args.slice(0, 3).join(" ")}: ${stderr || stdout}`);
}
