import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { COMMANDS, remedyLines } from "../../src/catalogue/commands.ts";
import { CAUSE_RECORDS } from "../../src/causes/records/index.ts";
import { evaluateChecks } from "../../src/checks/evaluate-checks.ts";
import { CHECKS } from "../../src/checks/index.ts";
import { parseSnapshot } from "../../src/model/snapshot/parse-snapshot.ts";
import { CHECK_CASES } from "../checks/check-cases.ts";
import { CONTEXT, goodSnapshot } from "../checks/good-snapshot.ts";
import { SITUATIONS } from "../checks/situations.ts";

export const ROOT = resolve(import.meta.dirname, "../..");

/** A text that people paste into PowerShell, and its origin. */
export interface PrintedText {
  readonly where: string;
  readonly text: string;
}

/** The commands of the catalogue and of advice, and the remedies of all checks for everything that the tests break. */
export function programTexts(): readonly PrintedText[] {
  const catalogue = Object.entries(COMMANDS).map(([id, { text }]) => ({ where: `catalogue ${id}`, text }));
  const advice = Object.entries(CAUSE_RECORDS).flatMap(([cause, { confirm, act }]) =>
    [...confirm, ...act].flatMap(({ command }) =>
      command === null ? [] : [{ where: `advice ${cause}`, text: command }],
    ),
  );
  const remedies = new Map(CHECKS.map((check) => [check.remedy, `check ${check.id}`]));
  const changes = [...Object.values(CHECK_CASES).flat(), ...SITUATIONS];
  for (const { change, ...rest } of changes) {
    const json = goodSnapshot();
    change?.(json);
    const context = { ...CONTEXT, ...("context" in rest ? rest.context : {}) };
    for (const { check, remedy } of evaluateChecks(parseSnapshot(json).snapshot, context))
      if (remedy !== null) remedies.set(remedy, `remedy of ${check}`);
  }
  return [...catalogue, ...advice, ...[...remedies].map(([text, where]) => ({ where, text }))];
}

/** Notes in remedies are comments; every other line of a remedy is a command of the catalogue. */
export function remedyCommands(): readonly PrintedText[] {
  return programTexts()
    .filter(({ where }) => where.startsWith("remedy") || where.startsWith("check"))
    .flatMap(({ where, text }) =>
      remedyLines(text).flatMap((line) => (line.kind === "command" ? [{ where, text: line.text }] : [])),
    );
}

export function markdownFiles(): readonly string[] {
  const docs = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" });
  return [
    "README.md",
    "alerts/README.md",
    ...docs.filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`),
  ];
}

/** PowerShell code blocks in the documentation. */
export function documentedBlocks(): readonly PrintedText[] {
  return markdownFiles().flatMap((file) => {
    const text = readFileSync(join(ROOT, file), "utf8").replaceAll("\r\n", "\n");
    return [...text.matchAll(/^```powershell\n([\s\S]*?)^```/gm)].map((match) => ({
      where: file,
      text: match[1] ?? "",
    }));
  });
}

/** Commands in inline code: `Set-AuthConfig -PublishCertificate`. */
export function documentedSpans(): readonly PrintedText[] {
  return markdownFiles().flatMap((file) => {
    const text = readFileSync(join(ROOT, file), "utf8").replace(/^```[\s\S]*?^```/gm, "");
    return [...text.matchAll(/`((?:[A-Z][a-z]+-[A-Z]\w+|\.\\\w+\.ps1) [^`\n]+)`/g)].flatMap((match) => {
      const span = (match[1] ?? "").replaceAll("\\|", "|");
      return span.includes("…") ? [] : [{ where: file, text: span }];
    });
  });
}

/** Commands of this program in the documentation, without the program's name: `analyze /mnt/farm --format json`. */
export function ownCommands(): readonly PrintedText[] {
  const command =
    /(?:^|`)(?:\$ )?hma-exporter ((?:serve|analyze|check-config|check-exchange|collect|simulate|demo|probe|logs)\b[^`\n]*)/gm;
  return markdownFiles().flatMap((file) =>
    [...readFileSync(join(ROOT, file), "utf8").matchAll(command)].map((match) => ({
      where: file,
      // The rest of the line is a remark or a shell command.
      text: (match[1] ?? "").split(/ {2,}| #| && | \| /)[0]?.trim() ?? "",
    })),
  );
}

/** Texts of rules and dashboards, which contain commands within sentences. */
export function proseTexts(): readonly PrintedText[] {
  const rules = readdirSync(join(ROOT, "alerts")).filter((name) => name.endsWith(".rules.yml"));
  const boards = readdirSync(join(ROOT, "dashboards")).filter((name) => name.endsWith(".json"));
  return [
    ...rules.map((name) => ({
      where: `alerts/${name}`,
      // YAML folds long lines.
      text: readFileSync(join(ROOT, "alerts", name), "utf8").replace(/\s+/g, " "),
    })),
    ...boards.map((name) => ({
      where: `dashboards/${name}`,
      // Markdown characters are escaped with a backslash there.
      text: stringsOf(JSON.parse(readFileSync(join(ROOT, "dashboards", name), "utf8")))
        .join("\n")
        .replace(/\\([<*_`[\]#|])/g, "$1"),
    })),
  ];
}

function stringsOf(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(stringsOf);
}
