import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { hasTool } from "../alerts/run-tool.ts";
import { ownCommands, ROOT } from "./printed-commands.ts";
import { PROGRAM } from "../program.ts";

/** Commands that run until they are stopped. */
const LASTING = /^(?:serve|demo|logs --follow|simulate .*--live)/;
/** Commands that query Exchange with PowerShell, and their error without PowerShell. */
const ASKS_EXCHANGE = /^(?:collect|check-exchange(?!.*--(?:snapshot|farm)))/;
/** Commands that query servers that do not exist: their verdicts are not good, so the exit code is 1. */
const ASKS_SERVERS = /^probe/;
const NEEDS_PROMETHEUS = /--rules/;

/** Mentions of commands in sentences, without their required arguments. */
const NAMES: readonly string[] = ["analyze", "collect --output", "probe"];

let folder = "";
let snapshot = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hma-documented-"));
  expect(
    run(["simulate", "farm", "--servers", "2", "--duration", "10m", "--clients", "20", "--rate", "0.2"]),
  ).toMatchObject({ status: 0 });
  snapshot = join(folder, "farm/snapshots", readdirSync(join(folder, "farm/snapshots"))[0] ?? "");
  // Rules with few levels of recorded series, each of which takes a start of Prometheus; the backtest's own tests take all rules.
  mkdirSync(join(folder, "alerts"));
  for (const name of ["hma-thresholds.rules.yml", "hma-compliance.rules.yml"])
    symlinkSync(join(ROOT, "alerts", name), join(folder, "alerts", name));
  mkdirSync(join(folder, "data"));
  writeFileSync(
    join(folder, "hma.yaml"),
    JSON.stringify({
      log: { file: join(folder, "hma.log") },
      servers: ["EX01", "EX02"],
      farm: join(folder, "farm"),
      collect: { powershell: "/nowhere/pwsh" },
      probe: {
        namespace: "mail.contoso.example",
        servers: [
          { name: "EX01", address: "127.0.0.1:9" },
          { name: "EX02", address: "127.0.0.1:9" },
        ],
        token: {
          authority: "https://127.0.0.1:9/contoso.example",
          clientId: "00000000-0000-0000-0000-000000000001",
          secretFile: join(folder, "secret"),
        },
      },
    }),
  );
  writeFileSync(join(folder, "secret"), "not a secret", { mode: 0o600 });
  writeFileSync(join(folder, "hma.log"), '{"level":"info","message":"Listening"}\n');
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A documented command with its example names replaced by those of this test. */
function wordsOf(text: string): readonly string[] {
  const isSimulate = text.startsWith("simulate");
  const words = text.split(" ").map((word) => {
    // Shorter, because the test does not wait for servers that do not exist.
    if (word === "35m") return "1s";
    if (/^(?:\/mnt\/farm|\/tmp\/farm|farm|DIR)$/.test(word)) return isSimulate ? "made" : "farm";
    if (/^(?:FILE|hma\.yaml)$/.test(word)) return text.includes("--snapshot") ? snapshot : "hma.yaml";
    if (word === "snapshot.json") return snapshot;
    return word === "/var/lib/prometheus" ? "data" : word;
  });
  // Replaces the configuration file at the default path.
  const takesConfig = !/^(?:simulate|demo|check-config|analyze)/.test(text) && !words.includes("--config.file");
  const serves = /^(?:serve|demo)/.test(text);
  // Ten minutes of logs instead of two hours.
  const isLong = /^simulate (?!.*(?:--live|--duration|--scenario list))/.test(text);
  return [
    ...words,
    ...(isLong ? ["--duration", "10m"] : []),
    ...(takesConfig ? ["--config.file", "hma.yaml"] : []),
    ...(serves ? ["--web.listen-address", "127.0.0.1:0"] : []),
  ];
}

function run(words: readonly string[]): { readonly status: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...words], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, STATE_DIRECTORY: join(folder, "state") },
  });
  return { status, said: `${stdout.slice(0, 2000)}\n${stderr}` };
}

/** Runs the command until it has printed something, then stops it like a service manager. */
async function runUntilItSpeaks(
  words: readonly string[],
): Promise<{ readonly status: unknown; readonly said: string }> {
  const child = spawn(process.execPath, [PROGRAM, ...words], {
    cwd: folder,
    env: { ...process.env, STATE_DIRECTORY: join(folder, "state") },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "close");
  let said = "";
  child.stderr.on("data", (data: Buffer) => (said += data.toString()));
  child.stdout.on("data", (data: Buffer) => (said += data.toString()));
  await Promise.race([once(child.stdout, "data"), once(child.stderr, "data"), ended]);
  child.kill("SIGTERM");
  const [status, signal]: unknown[] = await ended;
  return { status: signal === "SIGTERM" ? 0 : status, said };
}

describe("commands of hma-exporter in the documentation", () => {
  const commands = [...new Set(ownCommands().map(({ text }) => text))].filter((text) => !NAMES.includes(text));

  test("are found", () => {
    expect(commands.length).toBeGreaterThan(20);
  });

  test.each(commands.filter((text) => !LASTING.test(text)))(
    "hma-exporter %s",
    (text) => {
      if (NEEDS_PROMETHEUS.test(text) && !(hasTool("prometheus") && hasTool("promtool"))) return;
      const { status, said } = run(wordsOf(text));
      if (ASKS_EXCHANGE.test(text)) expect(said).toContain('Cannot start "/nowhere/pwsh"');
      const isAsking = ASKS_EXCHANGE.test(text) || ASKS_SERVERS.test(text) || text.startsWith("check-exchange");
      expect({ said, isRight: status === 0 || (isAsking && status === 1) }).toEqual({ said, isRight: true });
    },
    120_000,
  );

  test.each(commands.filter((text) => LASTING.test(text)))(
    "hma-exporter %s runs until it is stopped",
    async (text) => {
      const { status, said } = await runUntilItSpeaks(wordsOf(text));
      expect({ said, status }).toEqual({ said, status: 0 });
    },
    60_000,
  );
});
