import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { Linter } from "eslint";
import tseslint from "typescript-eslint";

const ROOT = resolve(import.meta.dirname, "../..");
const DEBT_FILE = ".ci/max-params-debt.json";
/** Number of remaining functions with more than three parameters. Lower it with the list; never raise it. */
const MAX_DEBT = 30;

/** Number of functions with more than three parameters in a text. */
function longFunctionsIn(code: string): number {
  const messages = new Linter().verify(
    code,
    [
      {
        files: ["**/*.ts"],
        languageOptions: { parser: tseslint.parser },
        linterOptions: { reportUnusedDisableDirectives: "off" },
        rules: { "max-params": ["error", 3] },
      },
    ],
    { filename: "file.ts" },
  );
  return messages.filter(({ ruleId }) => ruleId === "max-params").length;
}

/** Rules of the project's configuration that a text, used instead of `file`, violates. */
function brokenRules(code: string, file: string): Promise<readonly string[]> {
  return new Promise((done, fail) => {
    const child = execFile(
      process.execPath,
      [
        join(ROOT, "node_modules/eslint/bin/eslint.js"),
        "-c",
        ".ci/eslint.config.js",
        "--stdin",
        "--stdin-filename",
        file,
        "-f",
        "json",
      ],
      { cwd: ROOT, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout) => {
        // Exit code 1 means that there are findings.
        if (error !== null && error.code !== 1) return fail(error);
        const [result] = JSON.parse(stdout) as { messages: { ruleId: string | null; message: string }[] }[];
        done((result?.messages ?? []).map(({ ruleId, message }) => ruleId ?? message));
      },
    );
    child.stdin?.end(code);
  });
}

describe("the lint rules that ask for types", () => {
  test(
    "report one of each: a promise without an owner, an unexpected promise, a switch without a case, and a " +
      "fourth parameter",
    async () => {
      const code = `
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
// Awaited, owned and complete code is accepted.
export async function goOn(): Promise<void> {
  await work();
  void work();
}
export function nameOf(kind: "one" | "two"): string {
  switch (kind) {
    case "one":
      return "1";
    case "two":
      return "2";
  }
}
`;
      expect([...(await brokenRules(code, "src/main.ts"))].sort()).toEqual([
        "@typescript-eslint/no-floating-promises",
        "@typescript-eslint/no-misused-promises",
        "@typescript-eslint/switch-exhaustiveness-check",
        "max-params",
      ]);
    },
    600_000,
  );
});

describe("the list of functions with more than three parameters", () => {
  const debt: Readonly<Record<string, number>> = JSON.parse(readFileSync(join(ROOT, DEBT_FILE), "utf8"));

  test("can only shrink: no file has more than listed, and the list is no longer than it was", () => {
    const grown = Object.entries(debt).filter(([file, listed]) => {
      const path = join(ROOT, file);
      return existsSync(path) && longFunctionsIn(readFileSync(path, "utf8")) > listed;
    });
    expect(grown).toEqual([]);
    expect(Object.values(debt).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(MAX_DEBT);
  }, 120_000);

  test("the count includes functions, arrows and methods with four parameters, and counts an object as one", () => {
    expect(longFunctionsIn("export function a(b: 1, c: 2, d: 3, e: 4): void {}")).toBe(1);
    expect(longFunctionsIn("const a = (b: 1, c: 2, d: 3, e: 4) => b; class A { m(b: 1, c: 2, d: 3, e: 4) {} }")).toBe(
      2,
    );
    expect(longFunctionsIn("export function a({ b, c, d, e }: B, f: 1, g: 2): void {}")).toBe(0);
  });
});
