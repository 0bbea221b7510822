import js from "@eslint/js";
import tseslint from "typescript-eslint";

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
    files: ["src/**", "dashboards/src/**", "alerts/src/**", ".ci/build/**", ".ci/docs/**"],
    rules: { "@typescript-eslint/consistent-type-assertions": ["error", { assertionStyle: "never" }] },
  },
  { files: ["test/**"], rules: { "@typescript-eslint/no-non-null-assertion": "off", "no-console": "off" } },
);
