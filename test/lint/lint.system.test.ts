import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { tempFolders } from "../reading/temp-folder.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const DEBT_FILE = ".ci/max-params-debt.json";
/** Number of remaining functions with more than three parameters. Lower it with the list; never raise it. */
const MAX_DEBT = 30;

const newFolder = tempFolders();

interface Finding {
  /** Name of the rule, as `eslint(max-params)`. */
  readonly code: string;
  readonly filename: string;
}

/** What the linter finds with these arguments. Paths are relative to the repository. */
function lint(args: readonly string[]): Promise<readonly Finding[]> {
  return new Promise((done, fail) => {
    execFile(
      process.execPath,
      [join(ROOT, "node_modules/oxlint/bin/oxlint"), "-f", "json", ...args],
      { cwd: ROOT, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout) => {
        // Exit code 1 means that there are findings.
        if (error !== null && error.code !== 1) return fail(error);
        const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly Finding[] };
        done(diagnostics);
      },
    );
  });
}

/** Rules of the project's configuration that a source file with this text in the folder `src` or `test` violates, sorted. */
async function brokenRules(code: string, folder: "src" | "test"): Promise<readonly string[]> {
  const project = newFolder();
  const compilerOptions = { strict: true, module: "nodenext", target: "es2024", types: [] };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  mkdirSync(join(project, folder));
  writeFileSync(join(project, folder, "file.ts"), code);
  const findings = await lint(["--type-aware", "-c", ".ci/oxlint.config.ts", join(project, folder, "file.ts")]);
  return findings.map((finding) => finding.code).sort();
}

const BROKEN = `
async function work(): Promise<void> {}
export function start(): void {
  work();
  [1].forEach(work);
}
export function numberOf(kind: "one" | "two"): number {
  switch (kind) {
    case "one":
      return 1;
  }
  return 0;
}
export function sum(one: number, two: number, three: number, four: number): number {
  return one + two + three + four;
}
export function nameOf(value: unknown): string {
  console.log(value);
  const last = [1].at(-1)!;
  var unused = 1;
  return last == 1 ? "one" : (value as string);
}
// Awaited, owned and complete code is accepted.
export async function goOn(): Promise<void> {
  await work();
  void work();
}
export function wordOf(kind: "one" | "two"): string {
  switch (kind) {
    case "one":
      return "1";
    case "two":
      return "2";
  }
}
`;

describe("the linter", () => {
  test("reports one of each kind in the sources, those that ask for types among them", async () => {
    expect(await brokenRules(BROKEN, "src")).toEqual([
      "eslint(eqeqeq)",
      "eslint(max-params)",
      "eslint(no-console)",
      "eslint(no-unused-vars)",
      "eslint(no-var)",
      "typescript(consistent-type-assertions)",
      "typescript(no-floating-promises)",
      "typescript(no-misused-promises)",
      "typescript(no-non-null-assertion)",
      "typescript(switch-exhaustiveness-check)",
    ]);
  }, 600_000);

  test("allows tests to print, and to assert what they know", async () => {
    expect(await brokenRules(BROKEN, "test")).toEqual([
      "eslint(eqeqeq)",
      "eslint(max-params)",
      "eslint(no-unused-vars)",
      "eslint(no-var)",
      "typescript(no-floating-promises)",
      "typescript(no-misused-promises)",
      "typescript(switch-exhaustiveness-check)",
    ]);
  }, 600_000);
});

describe("the list of functions with more than three parameters", () => {
  const debt: Readonly<Record<string, number>> = JSON.parse(readFileSync(join(ROOT, DEBT_FILE), "utf8"));
  const countOf = (findings: readonly Finding[], file: string): number =>
    findings.filter(({ filename }) => filename === file).length;

  test("can only shrink: no file has more than listed, and the list is no longer than it was", async () => {
    const files = Object.keys(debt).filter((file) => existsSync(join(ROOT, file)));
    const findings = await lint(["-A", "all", "-D", "max-params", ...files]);
    expect(Object.entries(debt).filter(([file, listed]) => countOf(findings, file) > listed)).toEqual([]);
    expect(Object.values(debt).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(MAX_DEBT);
  }, 120_000);

  test("the count includes functions, arrows and methods with four parameters, and counts an object as one", async () => {
    const file = join(newFolder(), "file.ts");
    const texts = [
      "export function a(b: 1, c: 2, d: 3, e: 4): void {}",
      "const a = (b: 1, c: 2, d: 3, e: 4) => b; class A { m(b: 1, c: 2, d: 3, e: 4) {} }",
      "export function a({ b, c, d, e }: B, f: 1, g: 2): void {}",
    ];
    const counts: number[] = [];
    for (const text of texts) {
      writeFileSync(file, text);
      counts.push((await lint(["-A", "all", "-D", "max-params", file])).length);
    }
    expect(counts).toEqual([1, 2, 0]);
  }, 120_000);
});
