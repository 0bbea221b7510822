import { resolve } from "node:path";
import js from "@eslint/js";
import tseslint from "typescript-eslint";
import { maxParams } from "./max-params.js";

const ROOT = resolve(import.meta.dirname, "..");

export default tseslint.config(
  { ignores: ["**/fixtures/**", "**/*.js", "**/*.mjs", "src/sources/scan/source/**"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    rules: {
      // A label that is a const array's member is narrowed by lookup, not by assertion: `as const` alone is allowed in src.
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "no-console": "error",
      eqeqeq: "error",
    },
  },
  {
    // Rules that ask for types. Every promise is awaited or given to `void` by its owner; every switch on a kind has all of its cases.
    files: ["**/*.ts"],
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: [".ci/check.ts", ".ci/test.ts"] },
        tsconfigRootDir: ROOT,
      },
    },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
    },
  },
  ...maxParams,
  {
    files: ["src/**", "dashboards/src/**", "alerts/src/**", ".ci/build/**", ".ci/docs/**"],
    rules: { "@typescript-eslint/consistent-type-assertions": ["error", { assertionStyle: "never" }] },
  },
  { files: ["test/**"], rules: { "@typescript-eslint/no-non-null-assertion": "off", "no-console": "off" } },
);
