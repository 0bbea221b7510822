import { rename, writeFile } from "node:fs/promises";
import { textReport } from "../../exposition/report-text.ts";
import { analyzeFarms, type Analysis } from "../analyze-farms.ts";
import { configurationOf } from "../configuration.ts";
import { DONE, FAILED, UsageError } from "../exit-codes.ts";
import { instantOf } from "../instant.ts";
import { createProgress } from "../progress.ts";

/** `hma-exporter analyze`: exit code 1 when something could not be read, though the rest was. */
export async function analyze(farms: readonly string[], flags: Readonly<Record<string, string>>): Promise<number> {
  const config = await configurationOf(flags);
  const nowMs = Date.now();
  const since = flags["since"];
  const until = flags["until"];
  const interrupt = new AbortController();
  const onInterrupt = (): void => { interrupt.abort(new Error("Interrupted: nothing was written")); };
  process.once("SIGINT", onInterrupt);
  const progress = createProgress(process.stderr);
  try {
    const analysis = await analyzeFarms({
      farms,
      config,
      ...(since === undefined ? {} : { sinceMs: instantOf("--since", since, nowMs) }),
      ...(until === undefined ? {} : { untilMs: instantOf("--until", until, nowMs) }),
      signal: interrupt.signal,
      onProgress: (done, total) => { progress.update(done, total); },
    });
    progress.stop();
    await print(render(analysis, flags["format"] ?? "text"), flags["output"]);
    return analysis.reading.errors.length > 0 ? FAILED : DONE;
  } finally {
    progress.stop();
    process.removeListener("SIGINT", onInterrupt);
  }
}

function render({ findings, notes }: Analysis, format: string): string {
  switch (format) {
    case "text":
      return textReport(findings, notes);
    case "json":
      return `${JSON.stringify(findings, null, 2)}\n`;
    default:
      throw new UsageError(`Cannot write the report as "${format}": text, json or html is expected`);
  }
}

/** To stdout, or whole into a file: it appears under its name only when all of it is there. */
async function print(text: string, file: string | undefined): Promise<void> {
  if (file === undefined) {
    await new Promise<void>((resolve, reject) => { process.stdout.write(text, (error) => { if (error) reject(error); else resolve(); }); });
    return;
  }
  const unfinished = `${file}.${process.pid}.part`;
  await writeFile(unfinished, text);
  await rename(unfinished, file);
}
