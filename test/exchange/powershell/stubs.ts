import { existsSync } from "node:fs";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

/** The stub cmdlets of `stub/ExchangeStub` and their answers. */

export const FIXTURES = fileURLToPath(new URL("./fixtures/clixml", import.meta.url));
export const IIS_FIXTURE = fileURLToPath(new URL("./fixtures/iis/applicationHost.config", import.meta.url));
export const SAMPLES = fileURLToPath(new URL("../../../../shared/samples/exchange-2019", import.meta.url));
export const hasSamples = existsSync(SAMPLES);
export const WITH_STUBS = fileURLToPath(new URL("./stub/with-stubs.ps1", import.meta.url));

const STUB_MODULES = fileURLToPath(new URL("./stub", import.meta.url));

export interface StubOptions {
  /** Folders with CLIXML files; the first one with a command's file answers it. */
  readonly data?: readonly string[];
  /** Commands that fail, with their arguments: `Get-AuthServer`, `Get-ExchangeCertificate EX02`, `Get-Mailbox *`. */
  readonly failing?: readonly string[];
  /** Error text of the failing commands, instead of the stub's own. */
  readonly sentence?: string;
  /** File that gets one line per call. */
  readonly log?: string;
  /** Number of servers, from EX001 on, instead of those in the file. */
  readonly servers?: number;
  /** Time that a server needs for an answer, ms. */
  readonly sleepMs?: number;
  /** Servers that do not answer, and the time after which they fail, ms. */
  readonly dead?: readonly string[];
  readonly deadSleepMs?: number;
}

/** Sets the environment so that the next shell finds the stubs by the names of their commands. */
export function setStubs(options: StubOptions = {}): void {
  const {
    data = [FIXTURES],
    failing = [],
    sentence = "",
    log = "",
    servers = "",
    sleepMs = "",
    dead = [],
    deadSleepMs = "",
  } = options;
  const modules = (process.env["PSModulePath"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "" && folder !== STUB_MODULES);
  process.env["PSModulePath"] = [STUB_MODULES, ...modules].join(delimiter);
  process.env["HMA_STUB_DATA"] = data.join(";");
  process.env["HMA_STUB_FAIL"] = failing.join(";");
  process.env["HMA_STUB_SENTENCE"] = Buffer.from(sentence, "utf8").toString("base64");
  process.env["HMA_STUB_LOG"] = log;
  process.env["HMA_STUB_SERVERS"] = String(servers);
  process.env["HMA_STUB_SLEEP"] = String(sleepMs);
  process.env["HMA_STUB_DEAD"] = dead.join(";");
  process.env["HMA_STUB_DEAD_SLEEP"] = String(deadSleepMs);
}
