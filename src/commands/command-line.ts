import { Command, CommanderError, Option } from "commander";
import { COLLECTORS, METRIC_GROUPS } from "../catalogue/switches.ts";
import type { CommandFlags } from "../daemon/configuration.ts";
import { defaultConfigFile } from "../config/config-file-path.ts";
import { DONE, FAILED, UsageError, WRONG_USAGE } from "../daemon/exit-codes.ts";
import { versionText, whyTooOld } from "../daemon/version.ts";
import { reasonOf } from "../model/reason-of.ts";

/**
 * Runs one command line (without node and script) and returns its exit code. A command's output goes to stdout; errors go to stderr, as one
 * sentence.
 */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const tooOld = whyTooOld(process.versions.node);
  if (tooOld !== null) {
    process.stderr.write(`hma-exporter: ${tooOld}\n`);
    return FAILED;
  }
  let code = DONE;
  const program = createProgram((done) => {
    code = done;
  });
  try {
    refuseUnknown(program, args[0]);
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : WRONG_USAGE;
    process.stderr.write(`hma-exporter: ${reasonOf(error)}\n`);
    return error instanceof UsageError ? WRONG_USAGE : FAILED;
  }
}

/** Throws a UsageError for an unknown command. Otherwise a mistyped command would be an argument of the default command. */
function refuseUnknown(program: Command, name: string | undefined): void {
  const names = program.commands.map((command) => command.name());
  if (name === undefined || name.startsWith("-") || name === "help" || names.includes(name)) return;
  throw new UsageError(`Cannot run "${name}": expected is one of the commands ${names.join(", ")}`);
}

type Done = (code: number) => void;

/** The code of each command is loaded when it is called, so that a start loads only what it needs. */
function createProgram(done: Done): Command {
  const program = new Command("hma-exporter")
    .description(
      "Recognises Bearer 401 loops of Exchange Server with Hybrid Modern Authentication, names their cause, and exports it to Prometheus",
    )
    .version(versionText(), "--version", "print the version and exit")
    .helpOption("-h, --help", "print this help and exit")
    .exitOverride()
    .showHelpAfterError("(see --help)")
    .configureHelp({ showGlobalOptions: true });
  addServe(program, done);
  addAnalyze(program, done);
  addExchange(program, done);
  addProbe(program, done);
  addSimulation(program, done);
  addUpkeep(program, done);
  return program;
}

function addServe(program: Command, done: Done): void {
  daemonOptions(
    program.command("serve", { isDefault: true }).description("follow the logs and serve metrics (the default)"),
  ).action(async (flags: CommandFlags) => {
    const { serve } = await import("./serve.ts");
    done(await serve(flags));
  });
}

/** Collects the values of a flag that may be repeated. */
function addTo(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function daemonOptions(command: Command): Command {
  return command
    .option("--config.file <path>", `configuration (YAML; default: ${defaultConfigFile()}, where it is)`)
    .option("--farm <dir>", "watch a farm folder: a folder per server")
    .option("--state <dir>", "where offsets, counters and open incidents are kept")
    .option("--server <name>", "name of this server (default: the host's)")
    .option(
      "--web.listen-address <address>",
      'where the pages are served (default ":10401"); may be given several times',
      addTo,
    )
    .option("--web.telemetry-path <path>", 'path of the metrics (default "/metrics")')
    .option("--web.config.file <path>", "TLS, client certificates and basic auth (exporter-toolkit)")
    .option("--web.max-requests <number>", "scrapes answered at once, and as many pages (default 40)")
    .option("--web.external-url <url>", "address under which clients reach the pages, behind a reverse proxy")
    .option("--web.route-prefix <path>", "path below which the pages are served (default: that of --web.external-url)")
    .option("--collectors.enabled <list>", `collectors that run, commas between (default: ${COLLECTORS.join(",")})`)
    .option("--metrics.disabled <list>", `groups of metrics left out: ${METRIC_GROUPS.join(",")}`)
    .option("--textfile <dir>", "write the metrics as a file for the textfile collector of the host's exporter as well")
    .addOption(new Option("--log.level <level>", "least severity written").choices(["debug", "info", "warn", "error"]))
    .addOption(new Option("--log.format <format>", "layout of the exporter's own log").choices(["json", "logfmt"]))
    .option("--log.file <path>", "write the exporter's own log here as well");
}

function addAnalyze(program: Command, done: Done): void {
  program
    .command("analyze")
    .description("read farms once and print what happened and why")
    .argument("<farm...>", "farm folders, server folders, or folders of logs")
    .addOption(new Option("--format <format>", "form of the report").choices(["text", "json", "html"]).default("text"))
    .option("--output <file>", "write the report here instead of stdout")
    .option("--openmetrics <file>", "write the history as OpenMetrics with its own timestamps")
    .option("--openmetrics.step <duration>", "between two samples: 1m to 5m (default: 1m up to two weeks, else 2m)")
    .option("--openmetrics.job <name>", 'its job label (default "hma-exporter")')
    .option(
      "--openmetrics.instance <name>",
      'the instance label of what is the organisation\'s (default "localhost:10401")',
    )
    .option("--since <instant>", "leave out rows before it (ISO 8601, or a duration back from now)")
    .option("--until <instant>", "leave out rows from it on")
    .option("--rules <dir>", "also tell which alerts of these rules would have fired (needs promtool and prometheus)")
    .option("--rules-blocks <dir>", "keep the history and what these rules record of it as blocks for Prometheus")
    .option(
      "--threads <number>",
      "1: all in one; more: one joins what the others read (default: one per core, up to 8, from 64 MiB on)",
    )
    .option("--config.file <path>", `configuration (YAML; default: ${defaultConfigFile()}, where it is)`)
    .action(async (farms: string[], flags: Record<string, string>) => {
      const { analyze } = await import("./analyze.ts");
      done(await analyze(farms, flags));
    });
}

function addExchange(program: Command, done: Done): void {
  program
    .command("collect")
    .description("collect the Exchange configuration once and print the snapshot as JSON")
    .option("--config.file <path>", `configuration (YAML; default: ${defaultConfigFile()}, where it is)`)
    .option("--output <file>", "write the snapshot here instead of stdout")
    .action(async (flags: Record<string, string>) => {
      const { collect } = await import("./collect.ts");
      done(await collect(flags));
    });
  program
    .command("check-exchange")
    .description("judge the configuration of Exchange and print what to change")
    .option("--snapshot <file>", "judge a stored snapshot instead of collecting")
    .option("--farm <dir>", "judge the newest snapshot of a farm folder instead of collecting")
    .addOption(new Option("--format <format>", "form of the answer").choices(["text", "json"]).default("text"))
    .option("--config.file <path>", `configuration (YAML; default: ${defaultConfigFile()}, where it is)`)
    .action(async (flags: Record<string, string>) => {
      const { checkExchange } = await import("./check-exchange.ts");
      done(await checkExchange(flags));
    });
}

function addProbe(program: Command, done: Done): void {
  program
    .command("probe")
    .description("ask servers what clients would get, and print a table")
    .argument("[server...]", "configured servers (default: all)")
    .addOption(new Option("--wait <verdict>", "ask again until this is the verdict").choices(["accepted", "offered"]))
    .option("--timeout <duration>", "with --wait: longest time to wait (default 35m)")
    .addOption(new Option("--format <format>", "form of the answer").choices(["text", "json"]).default("text"))
    .option("--config.file <path>", "configuration (YAML)")
    .action(async (servers: string[], flags: CommandFlags) => {
      const { probe } = await import("./probe.ts");
      done(await probe(servers, flags));
    });
}

function addSimulation(program: Command, done: Done): void {
  program
    .command("simulate")
    .description("write a farm with known incidents, and truth.json beside it")
    .argument("<dir>", "where the farm is written")
    .option("--seed <number>", "the same seed gives the same farm", "1")
    .option("--scenario <name...>", 'which incidents ("list" names them all)')
    .option("--servers <number>", "number of servers")
    .option("--start <instant>", "first instant of the farm (ISO 8601)")
    .option("--duration <duration>", "its length, as Prometheus writes durations")
    .option("--rate <number>", "requests of people per second and server")
    .option("--clients <number>", "clients per server")
    .option("--noise <share>", "share of health probes among all requests, 0 to below 1")
    .option("--live", "append in real time instead of writing all at once")
    .option(
      "--speed <number>",
      "with --live: seconds of the farm per second; above 1 its rows run ahead of the clock that serve goes by " +
        "(demo --speed serves such a farm)",
      "1",
    )
    .option(
      "--front-end <dir>",
      "with --live: simulated front ends on loopback that can be probed; <dir>/probe.yaml is the configuration for serve and probe",
    )
    .action(async (folder: string, flags: Record<string, string | string[] | boolean>) => {
      const { simulate } = await import("./simulate.ts");
      done(await simulate(folder, flags));
    });
  program
    .command("demo")
    .description("simulate a farm in real time and serve it, with nothing to install")
    .option("--web.listen-address <address>", "where the pages are served", "127.0.0.1:10401")
    .option("--seed <number>", "the same seed gives the same farm", "1")
    .option("--speed <number>", "seconds of the farm, and of its exporter, per second", "1")
    .option("--dir <dir>", "where the farm and the state are kept (default: a temporary folder)")
    .action(async (flags: Record<string, string>) => {
      const { demo } = await import("./demo.ts");
      done(await demo(flags));
    });
}

function addUpkeep(program: Command, done: Done): void {
  daemonOptions(program.command("check-config").description("check a configuration and print all of its faults"))
    .argument("[file]", "the configuration (as --config.file)")
    .option("--print", "print the effective configuration, every key with its value, without secrets")
    .action(async (file: string | undefined, flags: CommandFlags) => {
      const { checkConfig } = await import("./check-config.ts");
      done(await checkConfig(file, flags));
    });
  program
    .command("logs")
    .description("show the exporter's own log to a person")
    .option("--follow", "go on with what is added")
    .option("--lines <number>", "so many lines from before", "50")
    .option("--log.file <path>", "the log (default: that of the configuration)")
    .option("--config.file <path>", `configuration (YAML; default: ${defaultConfigFile()}, where it is)`)
    .action(async (flags: Record<string, string | boolean>) => {
      const { showLogs } = await import("./logs.ts");
      done(await showLogs(flags));
    });
}
