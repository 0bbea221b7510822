/*
 * A fire drill: simulated Exchange servers whose logs grow in real time, the real daemon, a real Prometheus and a real Alertmanager with
 * the shipped rules and routes, and a receiver that prints what a person on call would read. Ends with a verdict: did that person know
 * within two minutes what happens, to whom, why and what to do? Run by `npm run drill`; see docs/drill.md.
 */
import { parseArgs } from "node:util";
import { runDrill } from "./drill/run-drill.ts";
import { DRILLS, isDrillName } from "./drill/drills.ts";
import { hasTool } from "./run-tool.ts";

const { values } = parseArgs({
  options: {
    fast: { type: "boolean", default: false },
    "until-over": { type: "boolean", default: false },
    scenario: { type: "string", default: "stale-keys-crash" },
    help: { type: "boolean", default: false },
  },
});
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

if (values.help) {
  say("npm run drill -- [--scenario NAME] [--fast] [--until-over]");
  for (const [name, { story }] of Object.entries(DRILLS)) say(`  ${name.padEnd(32)} ${story}`);
} else {
  process.exitCode = await drill();
}

async function drill(): Promise<number> {
  const { scenario } = values;
  const missing = ["prometheus", "prometheus-alertmanager"].filter((tool) => !hasTool(tool));
  if (missing.length > 0) {
    say(`Cannot drill: ${missing.join(" and ")} not found (Debian: apt install prometheus prometheus-alertmanager)`);
    return 2;
  }
  if (!isDrillName(scenario)) {
    say(`Cannot drill "${scenario}": one of ${Object.keys(DRILLS).join(", ")} is expected`);
    return 2;
  }
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      interrupt.abort();
    });
  return (await runDrill({
    scenario,
    isFast: values.fast,
    untilOver: values["until-over"],
    signal: interrupt.signal,
    say,
  }))
    ? 0
    : 1;
}
