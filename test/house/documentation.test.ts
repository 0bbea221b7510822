import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "@jest/globals";

const pages = [
  "README.md",
  "CHANGELOG.md",
  "alerts/README.md",
  ...readdirSync("docs", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];

/** Dead links of a page: to a missing file, or to a heading that the file does not have. Links to other sites are not checked. */
function deadLinks(page: string, text: string): string[] {
  // Sample: [more for many](fleet.md#measured)
  const links = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
  return links
    .filter((link) => {
      const [path = "", anchor] = link.split("#");
      const file = path === "" ? page : join(dirname(page), path);
      if (!existsSync(file)) return true;
      return (
        anchor !== undefined && !statSync(file).isDirectory() && !anchorsOf(readFileSync(file, "utf8")).includes(anchor)
      );
    })
    .map((link) => `${page}: ${link}`);
}

/** Anchors of headings as GitHub creates them. */
function anchorsOf(text: string): string[] {
  return [...prose(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(" ", "-"),
  );
}

/** The page without its fenced code blocks. */
function prose(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, "");
}

describe("README and docs", () => {
  test("have no dead links", () => {
    expect(pages.flatMap((page) => deadLinks(page, readFileSync(page, "utf8")))).toEqual([]);
  });

  test("refer to existing npm scripts and test files", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
    const named = pages.flatMap((page) =>
      [
        ...readFileSync(page, "utf8").matchAll(
          /\bnpm run (?:-s |--silent )?([a-z][a-z:-]*)|\b(test\/[\w/.-]+\.(?:ts|sh))\b/g,
        ),
      ].map(([, script, file]) => ({ page, script, file })),
    );
    expect(
      named.filter(
        ({ script, file }) =>
          (script !== undefined && scripts[script] === undefined) || (file !== undefined && !existsSync(file)),
      ),
    ).toEqual([]);
  });

  test("refer to no command that the program lacks", () => {
    const program = readFileSync("src/commands/command-line.ts", "utf8");
    const commands = new Set([...program.matchAll(/\.command\("([a-z-]+)"/g)].map(([, name]) => name));
    const named = pages.flatMap((page) => {
      const text = readFileSync(page, "utf8");
      const inBlocks = [...text.matchAll(/^```[\s\S]*?^```$/gm)].flatMap(([block]) => [
        ...block.matchAll(/^ *hma-exporter ([a-z][a-z-]*)/gm),
      ]);
      return [...inBlocks, ...prose(text).matchAll(/`hma-exporter ([a-z][a-z-]*)/g)].map(([, command]) => ({
        page,
        command,
      }));
    });
    expect(named.filter(({ command }) => !commands.has(command))).toEqual([]);
    expect(named.length).toBeGreaterThan(10);
  });

  test("the guard reports a dead link and a missing heading", () => {
    expect(
      deadLinks(
        "README.md",
        "[a](docs/nowhere.md) [b](docs/fleet.md#nowhere) [c](docs/fleet.md#no-port) [d](#licence)\n## Licence\n[e](https://example.com/x)",
      ),
    ).toEqual(["README.md: docs/nowhere.md", "README.md: docs/fleet.md#nowhere"]);
  });
});
