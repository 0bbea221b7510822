import { existsSync } from "node:fs";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

/** The stub cmdlets of `stub/ExchangeStub`, and what they hand out. */

export const FIXTURES = fileURLToPath(new URL("./fixtures/clixml", import.meta.url));
export const IIS_FIXTURE = fileURLToPath(new URL("./fixtures/iis/applicationHost.config", import.meta.url));
export const SAMPLES = fileURLToPath(new URL("../../../../shared/samples/exchange-2019", import.meta.url));
export const hasSamples = existsSync(SAMPLES);
export const WITH_STUBS = fileURLToPath(new URL("./stub/with-stubs.ps1", import.meta.url));

const STUB_MODULES = fileURLToPath(new URL("./stub", import.meta.url));

export interface StubOptions {
  /** Folders of CLIXML files; the first that has a command's file answers it. */
  readonly data?: readonly string[];
  /** Commands that fail, with their arguments: `Get-AuthServer`, `Get-ExchangeCertificate EX02`, `Get-Mailbox *`. */
  readonly failing?: readonly string[];
  /** What the failing commands say, in the place of the stub's own sentence. */
  readonly sentence?: string;
  /** File that takes one line a call. */
  readonly log?: string;
  /** So many servers, EX001 and on, in the place of the file's. */
  readonly servers?: number;
  /** Milliseconds that a server takes for an answer. */
  readonly sleepMs?: number;
  /** Servers that do not answer, and after how many milliseconds they are given up. */
  readonly dead?: readonly string[];
  readonly deadSleepMs?: number;
}

/** Puts the stubs where a shell that is started next finds them by the names of their commands. */
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
