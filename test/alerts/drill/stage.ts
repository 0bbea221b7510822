import { liveConfig, readAlertmanagerExample } from "../alertmanager-config.ts";
import { queryPrometheus, startAlertmanager, startPrometheus, startReceiver, waitFor } from "../live-stack.ts";
import type { Receiver, Running } from "../live-stack.ts";
import { readRuleFiles } from "../rule-files.ts";
import type { RuleFileContent } from "../rule-files.ts";
import { scaleRules } from "../scale-rules.ts";
import type { Organisation } from "./organisation.ts";

/** Divisors for the times of rules and Alertmanager. */
export interface Pace {
  /** Divisor for the durations of the rules; 1: as shipped. */
  readonly rules: number;
  /** Divisor for the times of Alertmanager's grouping. */
  readonly grouping: number;
  readonly scrapeInterval: string;
}

export const AS_SHIPPED: Pace = { rules: 1, grouping: 1, scrapeInterval: "15s" };
/** A minute of the rules takes two seconds, a minute of Alertmanager one second. */
export const FAST: Pace = { rules: 30, grouping: 60, scrapeInterval: "1s" };

/** Prometheus, Alertmanager and a receiver of its messages, for the daemons of organisations. */
export interface Stage {
  readonly prometheus: Running;
  readonly receiver: Receiver;
  readonly stop: () => Promise<void>;
}

/**
 * Starts the programs with the shipped rules and the sample configuration of Alertmanager; resolves when every target has been scraped.
 * `env`: environment for finding the programs; default: that of this process.
 */
export async function startStage(
  organisations: readonly Organisation[],
  pace: Pace,
  env?: NodeJS.ProcessEnv,
): Promise<Stage> {
  const running: { readonly stop: () => Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const one of running.splice(0).reverse()) await one.stop();
  };
  try {
    const receiver = await startReceiver();
    running.push(receiver);
    const alertmanager = await startAlertmanager({
      config: liveConfig(readAlertmanagerExample(), receiver.url, pace.grouping),
      env,
    });
    running.push(alertmanager);
    const prometheus = await startPrometheus({
      rules: rulesAt(pace),
      alertmanager: alertmanager.url,
      scrapeInterval: pace.scrapeInterval,
      env,
      config: { scrape_configs: organisations.map((one) => one.scrape) },
    });
    running.push(prometheus);
    await waitFor(
      "every target to be scraped",
      async () => {
        const up = await queryPrometheus(prometheus, "count by (job) (up == 1 and on (job) hma_bearer_loops_open)");
        return up.length === organisations.length ? true : null;
      },
      // A busy machine needs minutes to start the daemons of three organisations.
      240_000,
    );
    return { prometheus, receiver, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Thresholds for what the exporter does in real time at any pace: storing its state and reading new rows. */
const OWN_TIME = /^hma:(?:log_stale_(?:front|back)|checkpoint_age)_seconds:threshold$/;

/**
 * Alerts on an exporter that is down, and the most by which their durations are divided: a restart takes its own time at any pace, more
 * than 10 s on a busy machine.
 */
const DOWN = /^HmaExporter(?:Down|sAllDown)$/;
const DOWN_DIVISOR = 10;

/** With a faster pace, the rules of the service level are excluded: a budget of 30 days has no meaning within minutes. */
function rulesAt(pace: Pace): RuleFileContent[] {
  const files = readRuleFiles();
  if (pace.rules === 1) return files.map(({ content }) => content);
  return files
    .filter(({ name }) => name !== "hma-capacity.rules.yml")
    .map(({ content }) => {
      const [scaled, slower] = [
        scaleRules(content, pace.rules),
        scaleRules(content, Math.min(pace.rules, DOWN_DIVISOR)),
      ];
      return {
        groups: scaled.groups.map((group, at) => ({
          ...group,
          rules: group.rules.map((rule, index) => {
            const from = OWN_TIME.test(rule.record ?? "") ? content : DOWN.test(rule.alert ?? "") ? slower : scaled;
            return from.groups[at]?.rules[index] ?? rule;
          }),
        })),
      };
    });
}
