import { writeFile } from "node:fs/promises";
import { boardFiles, boardJson } from "./boards.ts";

/** Writes the JSON of every board beside this folder. */
for (const { file, dashboard } of boardFiles()) {
  await writeFile(new URL(`../${file}`, import.meta.url), boardJson(dashboard));
}
