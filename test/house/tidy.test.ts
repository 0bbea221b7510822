import { readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { configJsonSchema } from "../../src/config/config-json-schema.ts";
import { markdownFiles, ROOT } from "../docs/printed-commands.ts";
import { sources } from "./source-imports.ts";
import { bannedWords, deadExports, longLines, unknownKeys } from "./tidy.ts";

/** Product code that only tests or the generators of docs use, and the reason why it is in the product. */
const USED_OUTSIDE: Readonly<Record<string, string>> = {
  "src/config/config-json-schema.ts publishedJsonSchema": "writes docs/config.schema.json from the facts of that file",
  "src/detectors/exposure-timeline.ts exposureTimeline": "the reference that key changes are compared with",
  "src/simulator/scenarios/index.ts SCENARIO_NAMES": "the list that tests run through",
  "src/sources/reasons/oauth-reason.ts findReason": "the table without a configuration, for the samples",
};

const read = (folders: readonly string[]): Map<string, string> =>
  new Map(
    folders
      .flatMap((folder) => sources(resolve(folder)))
      // Bytes of the compiled scanner as text.
      .filter((path) => !path.endsWith("iis-scanner-wasm.ts"))
      .map((path) => [relative("", path), readFileSync(path, "utf8")]),
  );

/** Paths of the keys below a node of a JSON Schema: `follow`, `follow.poll`. Keys of list items are excluded. */
function keysOf(node: unknown, prefix = ""): string[] {
  if (typeof node !== "object" || node === null) return [];
  const { properties, anyOf } = node as { properties?: Record<string, unknown>; anyOf?: readonly unknown[] };
  return [
    ...Object.entries(properties ?? {}).flatMap(([name, value]) => [
      prefix + name,
      ...keysOf(value, `${prefix}${name}.`),
    ]),
    ...(anyOf ?? []).flatMap((one) => keysOf(one, prefix)),
  ];
}

describe("tidiness", () => {
  test("no line is longer than 140 characters, except for a text that the formatter cannot break", () => {
    const all = read(["src", "test", "dashboards/src", "alerts/src", ".ci"]);
    expect([...all].flatMap(([file, text]) => longLines(file, text))).toEqual([]);
  });

  test("names and comments contain no banned words", () => {
    const all = read(["src", "test", "dashboards/src", "alerts/src", ".ci"]);
    expect([...all].flatMap(([file, text]) => bannedWords(file, text))).toEqual([]);
  });

  test("src has no export that only tests use, except those listed with a reason", () => {
    const dead = deadExports(read(["src", "dashboards/src", "alerts/src", ".ci"])).filter((one) =>
      one.startsWith("src/"),
    );
    expect(dead.sort()).toEqual(Object.keys(USED_OUTSIDE).sort());
  });

  test("the docs contain no unknown configuration key", () => {
    const keys = new Set(keysOf(configJsonSchema()));
    expect(keys.size).toBeGreaterThan(50);
    expect(
      markdownFiles().flatMap((file) =>
        unknownKeys(readFileSync(join(ROOT, file), "utf8"), keys).map((key) => `${file}: ${key}`),
      ),
    ).toEqual([]);
  });
});

describe("the guards report", () => {
  const LONG = "x".repeat(141);
  test.each([
    { what: "a long comment", text: `// ${LONG}` },
    { what: "a long name", text: `const ${LONG} = 1;` },
    { what: "a long string that a space can break", text: `const a = "${"word ".repeat(30)}";` },
    { what: "a long template that a space can break", text: `const a = \`${"word ".repeat(30)}\${b}\`;` },
    { what: "a comment beside a long string", text: `const a = "b"; // ${LONG}` },
  ])("$what", ({ text }) => {
    expect(longLines("a.ts", `\n${text}\n`)).toEqual([expect.stringMatching(/^a\.ts:2 has \d+ characters$/)]);
  });

  test("no long text without a space, template of several lines or regular expression", () => {
    expect(longLines("a.ts", `f("${LONG}");\ng(\`${LONG}\n${LONG}\${a}${LONG}\`);\nh(/${LONG}/);`)).toEqual([]);
  });

  test("a banned word in a comment and in a name, with its replacement, but not in a text", () => {
    expect(bannedWords("a.ts", "const isTold = toldMs > 0;\ntype ProbeSighting = number;").length).toBe(2);
    expect(bannedWords("a.ts", '// Is told of it.\nconst sight = "told";\nconst MOST_ROWS = 1;')).toEqual([
      'a.ts:1 says "told"; write the act: logged, reported, listed, known, distinguished',
      'a.ts:2 says "sight"; write row, or observation',
      'a.ts:3 says "MOST_"; write MAX_ or MIN_',
    ]);
  });

  test("an unused export", () => {
    const files = new Map([
      ["a.ts", "export const used = 1;\nexport const dead = 2;\nexport function own() {}\nown();"],
      ["b.ts", 'import { used } from "./a.ts";'],
    ]);
    expect(deadExports(files)).toEqual(["a.ts dead"]);
  });

  test("an unknown configuration key, but not a file name", () => {
    const keys = new Set(["follow", "follow.poll"]);
    expect(unknownKeys("`follow.poll: 1s` `follow.pace` `follow.json` `other.key`", keys)).toEqual(["follow.pace"]);
  });
});
