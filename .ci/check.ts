/**
 * Checks the source: format, types and lint side by side, then the tests of the house and the catalogue. With `source`
 * the tests are left out, for a caller that runs the unit ring anyway. Prints what each check that failed printed; exit
 * code 1 when one did.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/** Runs an npm script. Resolves to true when it succeeded; prints its output when it did not. */
async function run(script: readonly string[]): Promise<boolean> {
  const child = spawn("npm", ["run", "--silent", ...script], {
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32",
  });
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  if (code !== 0) process.stderr.write(`npm run ${script.join(" ")}:\n${output}${errors}\n`);
  return code === 0;
}

const checks = await Promise.all([run(["lint"]), run(["types"]), run(["format:check"])]);
const isSourceOnly = process.argv[2] === "source";
if (!isSourceOnly) checks.push(await run(["test", "--", "test/house", "test/catalogue"]));
process.exitCode = checks.every((passed) => passed) ? 0 : 1;
