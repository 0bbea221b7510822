import { writeFile } from "node:fs/promises";
import { collectSnapshot } from "../exchange/powershell/collect-snapshot.ts";
import { configurationOf } from "../daemon/configuration.ts";
import { DONE, FAILED } from "../daemon/exit-codes.ts";

/** `hma-exporter collect`: prints the snapshot as JSON. Exit code 1 if parts of it could not be collected. */
export async function collect(flags: Readonly<Record<string, string>>): Promise<number> {
  const { collect: settings } = await configurationOf(flags);
  const { json, snapshot } = await collectSnapshot(
    { timeoutMs: settings.timeoutMs, ...(settings.powershell === null ? {} : { executable: settings.powershell }) },
    settings.server === null ? {} : { server: settings.server },
  );
  const text = `${JSON.stringify(json, null, 2)}\n`;
  const file = flags["output"];
  if (file === undefined) process.stdout.write(text);
  else await writeFile(file, text);
  for (const error of snapshot.errors)
    process.stderr.write(`hma-exporter: Cannot collect ${error.part ?? "a part"}: ${error.text ?? "unknown"}\n`);
  return snapshot.errors.length > 0 ? FAILED : DONE;
}
