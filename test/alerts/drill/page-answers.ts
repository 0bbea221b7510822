import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PROJECT, RUNBOOKS_FOLDER } from "../rule-files.ts";

/** A rendered message. */
export interface Page {
  readonly title: string;
  readonly text: string;
}

/** The facts that a page about an incident must contain. */
export interface IncidentFacts {
  readonly server: string;
  readonly appPool: string;
  readonly cause: string;
}

/** A question of the on-call person and the page's answer; null if the page does not answer it. */
export interface Answer {
  readonly question: string;
  readonly answer: string | null;
}

/** The answers in a page to the questions of an on-call person. */
export function answersOf({ title, text }: Page, { server, appPool, cause }: IncidentFacts): readonly Answer[] {
  const found = (question: string, pattern: RegExp): Answer => ({
    question,
    answer: pattern.exec(`${title}\n${text}`)?.[1] ?? null,
  });
  return [
    found("What happens?", /^\[PAGE\] (An Exchange server refuses .+?) - /m),
    found("Where?", new RegExp(`^Where: (${server}), job hma`, "m")),
    found("In which app pool?", new RegExp(`\\b(${appPool}): `)),
    // Sample: What: At least 41 clients (Outlook, mobile) are refused again and again on EX01
    found("Who is hit?", /^What: At least ([1-9]\d* clients) /m),
    found("Since when?", /^Since: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC)$/m),
    found("Why?", new RegExp(`\\b${appPool}: (${cause})\\b`)),
    found("By what evidence?", /^Evidence: (.+)\.$/m),
    found("What is to be done first?", new RegExp(`^First action: ${cause}: (.+)\\.$`, "m")),
    { question: "Where does it say how?", answer: linkTo(text, "Runbook", isRunbook) },
    { question: "Where can it be seen?", answer: linkTo(text, "Dashboard", (url) => isBoardOf(url, server)) },
  ];
}

function linkTo(text: string, name: string, leadsSomewhere: (url: URL) => boolean): string | null {
  const link = new RegExp(`^${name}: (\\S+)$`, "m").exec(text)?.[1];
  return link !== undefined && URL.canParse(link) && leadsSomewhere(new URL(link)) ? link : null;
}

/** True if the page exists in `docs/runbooks/`. */
function isRunbook({ pathname }: URL): boolean {
  // Sample: /hma-exporter/docs/runbooks/HmaBearerLoopIncident.md
  const name = /\/docs\/runbooks\/(Hma\w+\.md)$/.exec(pathname)?.[1];
  return name !== undefined && existsSync(join(RUNBOOKS_FOLDER, name));
}

const Board = z.object({ uid: z.string(), templating: z.object({ list: z.array(z.object({ name: z.string() })) }) });

/** True if the dashboard exists, has the variables of the link, and is opened for this server and a time. */
function isBoardOf({ pathname, searchParams }: URL, server: string): boolean {
  const folder = join(PROJECT, "dashboards");
  const board = readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => Board.parse(JSON.parse(readFileSync(join(folder, name), "utf8"))))
    .find(({ uid }) => pathname === `/d/${uid}`);
  if (
    board === undefined ||
    searchParams.get("var-instance") !== server ||
    !/^\d{13}$/.test(searchParams.get("from") ?? "")
  )
    return false;
  const known = board.templating.list.map(({ name }) => `var-${name}`);
  return [...searchParams.keys()].every((key) => !key.startsWith("var-") || known.includes(key));
}
