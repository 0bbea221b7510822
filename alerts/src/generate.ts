/*
 * Generates rules, dashboards and manifests. Without arguments it writes the shipped files; for a site:
 *
 *     npm run mixin -- --config site.yml --output FOLDER
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { alertmanagerForSite, mixin } from "./mixin.ts";
import { DEFAULT_PARAMETERS } from "./parameters.ts";
import { readParameters } from "./read-parameters.ts";

const PROJECT = join(import.meta.dirname, "../..");
const { values } = parseArgs({ options: { config: { type: "string" }, output: { type: "string" } } });

try {
  await generate();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function generate(): Promise<void> {
  if (values.config !== undefined && values.output === undefined)
    throw new Error("Cannot write a site's files over the shipped ones: --output FOLDER is expected");
  const parameters = values.config === undefined ? DEFAULT_PARAMETERS : await readParameters(values.config);
  const folder = values.output === undefined ? PROJECT : resolve(values.output);
  for (const { path, text } of mixin(parameters)) await write(join(folder, path), text);
  if (values.output === undefined) return;
  for (const name of ["alertmanager.yml", "hma.tmpl"]) {
    const text = await readFile(join(PROJECT, "alerts/examples", name), "utf8");
    await write(join(folder, "alerts/examples", name), alertmanagerForSite(text, parameters));
  }
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
