import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordingLevels, type RecordingRule } from "../../src/analysis/backtest-rules.ts";
import { readRuleFiles } from "../alerts/rule-files.ts";
import { runTool } from "../alerts/run-tool.ts";
import { queryRange, startPrometheus, type Prometheus } from "./prometheus.ts";
import { WEEK, writeWeek } from "./simulated-week.ts";

export interface WeekStore extends Prometheus {
  readonly folder: string;
}

/** Rule groups whose recorded series the dashboards show. */
const RECORDED_GROUPS = ["hma-capacity", "hma-thresholds"];
/** Resolution of recorded series, seconds. */
const STEP = 300;

/**
 * Prometheus with the simulated week and the series that the rules would have recorded, each level of rules after those it depends on.
 * `stop()` ends it and removes its folder.
 */
export async function startWeekStore(): Promise<WeekStore> {
  const folder = await mkdtemp(join(tmpdir(), "hma-week-"));
  const data = join(folder, "data");
  await mkdir(data);
  await writeWeek(join(folder, "week.om"));
  await addBlocks(folder, "week.om");
  for (const [index, level] of recordingLevels(recordingRules()).entries()) {
    const name = `level${index}.om`;
    const prometheus = await startPrometheus(folder);
    try {
      await record(prometheus.url, level, join(folder, name));
    } finally {
      await prometheus.stop();
    }
    await addBlocks(folder, name);
  }
  const prometheus = await startPrometheus(folder);
  return {
    ...prometheus,
    folder,
    stop: async () => {
      await prometheus.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * The recording rules of the folder alerts, adapted to a week with a resolution of five minutes: ranges of five minutes are widened, and a
 * sample counts for the whole step.
 */
function recordingRules(): readonly RecordingRule[] {
  return readRuleFiles()
    .flatMap((file) => file.content.groups)
    .filter((group) => RECORDED_GROUPS.includes(group.name))
    .flatMap((group) => group.rules)
    .flatMap((rule) =>
      rule.record === undefined
        ? []
        : [
            {
              name: rule.record,
              query: rule.expr
                .replaceAll("[4m55s]", "[11m]")
                .replaceAll("60 * count_over_time", `${STEP} * count_over_time`),
              labels: rule.labels ?? {},
              intervalMs: STEP * 1000,
            },
          ],
    );
}

async function record(url: string, rules: readonly RecordingRule[], path: string): Promise<void> {
  const lines: string[] = [];
  for (const name of new Set(rules.map((rule) => rule.name))) {
    lines.push(`# TYPE ${name} gauge`);
    for (const rule of rules.filter((one) => one.name === name)) {
      for (const { metric, values } of await queryRange(url, rule.query, {
        from: WEEK.from,
        to: WEEK.to,
        step: STEP,
      })) {
        const labels = Object.entries({ ...metric, ...rule.labels })
          .map(([label, value]) => `${label}="${value}"`)
          .join(",");
        for (const [at, value] of values) lines.push(`${name}{${labels}} ${value} ${at}`);
      }
    }
  }
  await writeFile(path, `${lines.join("\n")}\n# EOF\n`);
}

/** Creates one block from the whole file. By default promtool would read the file again for every two hours. */
async function addBlocks(folder: string, name: string): Promise<void> {
  const path = join(folder, name);
  const { code, stdout, stderr } = await runTool("promtool", [
    "tsdb",
    "create-blocks-from",
    "openmetrics",
    "--max-block-duration=768h",
    "-q",
    path,
    join(folder, "data"),
  ]);
  if (code !== 0) throw new Error(`Cannot make blocks of ${name}: ${stderr || stdout}`);
  await rm(path);
}
