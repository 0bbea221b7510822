import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { findFarmFolders } from "../../src/reading/log-folders.ts";
import { logKnowledge } from "../../src/reading/configured-knowledge.ts";
import { defaultConfig } from "../analysis/small-farm.ts";
import { tempFolders } from "./temp-folder.ts";

const newFolder = tempFolders();
const onUnix = process.platform === "win32" ? test.skip : test;

onUnix("a server's folder whose name is not UTF-8 is named as such, and the others are found", async () => {
  const farm = newFolder();
  mkdirSync(join(farm, "EX01", "LogFiles", "W3SVC1"), { recursive: true });
  const odd = Buffer.concat([Buffer.from(`${farm}/EX`), Buffer.from([0xe4])]);
  mkdirSync(odd);
  mkdirSync(Buffer.concat([odd, Buffer.from("/LogFiles")]));
  const { servers, errors } = await findFarmFolders(farm, logKnowledge(await defaultConfig(), []));
  expect(servers).toEqual(["EX01"]);
  expect(errors).toEqual([expect.objectContaining({ message: expect.stringMatching(/its name is not UTF-8$/) })]);
});
