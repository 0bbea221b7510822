import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { DEFAULT_CONFIG } from "../../src/config/default-config.ts";
import { analyzeFarms } from "../../src/analysis/analyze-farms.ts";
import { foundIn, wantedOf } from "./comparable.ts";
import { judgeFarm } from "./oracle.ts";
import { randomFarm } from "./random-farm.ts";
import { writtenFiles, type WrittenFile } from "./write-farm.ts";

/** The long form: HMA_SOAK=1, or ORACLE_SEEDS seeds from ORACLE_FIRST on. */
const SEEDS = Number(process.env["ORACLE_SEEDS"] ?? (process.env["HMA_SOAK"] === "1" ? 200 : 12));
const FIRST = Number(process.env["ORACLE_FIRST"] ?? 1);

async function writeFiles(folder: string, files: readonly WrittenFile[]): Promise<void> {
  for (const { server, path, lines } of files) {
    const file = join(folder, server, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${lines.join("\r\n")}\r\n`);
  }
}

describe("a second implementation of the contract, over random farms,", () => {
  test.each(Array.from({ length: SEEDS }, (_, index) => FIRST + index))(
    "has the same findings as analyze, seed %i",
    async (seed) => {
      const farm = randomFarm(seed);
      const folder = await mkdtemp(join(tmpdir(), "hma-oracle-"));
      try {
        await writeFiles(folder, writtenFiles(farm));
        const { findings, notes } = await analyzeFarms({ farms: [folder], config: DEFAULT_CONFIG, threads: 1 });
        expect(foundIn(findings, notes.requests)).toEqual(wantedOf(judgeFarm(farm)));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  );
});
