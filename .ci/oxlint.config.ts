import { defineConfig } from "oxlint";
import debt from "./max-params-debt.json" with { type: "json" };

/**
 * Functions take three parameters at most, or an object. What is older stands in the list with how many such functions each file has; it
 * may only shrink.
 */
const MAX_PARAMS = 3;

/**
 * The rules that ESLint and typescript-eslint recommend for sources that TypeScript checks, without two that oxlint 1.94 reports wrongly:
 * `no-useless-assignment` (a value assigned in a `catch` that the next round of the loop reads) and `no-unused-private-class-members` (a
 * member read only by the condition of a loop; TypeScript's `noUnusedLocals` finds those).
 */
const RECOMMENDED = [
  "for-direction",
  "no-async-promise-executor",
  "no-case-declarations",
  "no-compare-neg-zero",
  "no-cond-assign",
  "no-constant-binary-expression",
  "no-constant-condition",
  "no-control-regex",
  "no-debugger",
  "no-delete-var",
  "no-dupe-else-if",
  "no-duplicate-case",
  "no-empty",
  "no-empty-character-class",
  "no-empty-pattern",
  "no-empty-static-block",
  "no-ex-assign",
  "no-extra-boolean-cast",
  "no-fallthrough",
  "no-global-assign",
  "no-invalid-regexp",
  "no-irregular-whitespace",
  "no-loss-of-precision",
  "no-misleading-character-class",
  "no-nonoctal-decimal-escape",
  "no-prototype-builtins",
  "no-regex-spaces",
  "no-self-assign",
  "no-shadow-restricted-names",
  "no-sparse-arrays",
  "no-unassigned-vars",
  "no-unexpected-multiline",
  "no-unsafe-finally",
  "no-unsafe-optional-chaining",
  "no-unused-labels",
  "no-useless-backreference",
  "no-useless-catch",
  "no-useless-escape",
  "no-var",
  "prefer-const",
  "prefer-rest-params",
  "prefer-spread",
  "preserve-caught-error",
  "require-yield",
  "typescript/ban-ts-comment",
  "no-array-constructor",
  "typescript/no-duplicate-enum-values",
  "typescript/no-dynamic-delete",
  "typescript/no-empty-object-type",
  "typescript/no-explicit-any",
  "typescript/no-extra-non-null-assertion",
  "typescript/no-extraneous-class",
  "typescript/no-invalid-void-type",
  "typescript/no-misused-new",
  "typescript/no-namespace",
  "typescript/no-non-null-asserted-nullish-coalescing",
  "typescript/no-non-null-asserted-optional-chain",
  "typescript/no-non-null-assertion",
  "typescript/no-require-imports",
  "typescript/no-this-alias",
  "typescript/no-unnecessary-type-constraint",
  "typescript/no-unsafe-declaration-merging",
  "typescript/no-unsafe-function-type",
  "no-unused-expressions",
  "no-useless-constructor",
  "typescript/no-wrapper-object-types",
  "typescript/prefer-as-const",
  "typescript/prefer-literal-enum-member",
  "typescript/prefer-namespace-keyword",
  "typescript/triple-slash-reference",
  "typescript/unified-signatures",
  "use-isnan",
  "valid-typeof",
];

/** Paths of the repository, for a configuration whose patterns are relative to its own folder. */
function anywhere(paths: readonly string[]): string[] {
  return paths.map((path) => `**/${path}`);
}

export default defineConfig({
  plugins: ["eslint", "typescript"],
  categories: { correctness: "off" },
  rules: {
    ...Object.fromEntries(RECOMMENDED.map((name) => [name, "error"] as const)),
    "typescript/consistent-type-imports": "error",
    "no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
    "no-console": "error",
    eqeqeq: "error",
    "max-params": ["error", MAX_PARAMS],
    // Rules that ask for types. Every promise is awaited or given to `void` by its owner; every switch on a kind has all of its cases.
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/switch-exhaustiveness-check": [
      "error",
      { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
    ],
  },
  overrides: [
    { files: anywhere(Object.keys(debt)), rules: { "max-params": "off" } },
    {
      // A label that is a const array's member is narrowed by lookup, not by assertion: `as const` alone is allowed.
      files: anywhere(["src/**", "dashboards/src/**", "alerts/src/**", ".ci/build/**", ".ci/docs/**"]),
      rules: { "typescript/consistent-type-assertions": ["error", { assertionStyle: "never" }] },
    },
    { files: anywhere(["test/**"]), rules: { "typescript/no-non-null-assertion": "off", "no-console": "off" } },
  ],
});
