import type { AdviceStep, CauseRecord, Claim, Clue, FaultPlace } from "../../src/causes/cause-record.ts";
import type { Decision } from "../../src/causes/records/index.ts";

/** `docs/causes.md`, whole. A test holds the file equal to it. */
export function causesPage(records: readonly CauseRecord[], decisions: readonly Decision[]): string {
  return [HEAD, ...table(decisions), "", ...records.flatMap(section)].join("\n");
}

const BEGIN = "<!-- causes: generated";
const END = "\n\n<!-- end of causes -->";

/** The runbook with the table of its section "Diagnose" made from the records. Throws when the page has no marks around that table. */
export function runbookWithCauses(page: string, records: readonly CauseRecord[]): string {
  const start = page.indexOf("\n", page.indexOf(BEGIN));
  const end = page.indexOf(END);
  if (!page.includes(BEGIN) || end < start)
    throw new Error(`Cannot write the causes: the page has no "${BEGIN}" and its end`);
  const rows = records.map(({ cause, inRunbook: { signs, remedy } }) => `| \`${cause}\` | ${signs} | ${remedy} |`);
  const table = ["", "", "| cause | what it looks like | what to do |", "|---|---|---|", ...rows];
  return page.slice(0, start) + table.join("\n") + page.slice(end);
}

const HEAD = `# Causes of incidents

<!-- Made from src/causes by the test test/docs/causes-page.test.ts. Write it again with UPDATE_DOCS=1. -->

An incident has one cause. The exporter names it while the incident is open, and corrects it when evidence arrives; \`hma_incidents_total\` counts
incidents by their final cause. Each piece of evidence has its time, and the log, collection or probe that showed it.

## What proves what

| observation | what it proves |
|---|---|
| 401 with an OAuth reason (HttpProxy, EWS and MAPI logs, or x-ms-diagnostics in IIS), or 401 by the back end after the front end took the token | a token was presented and refused: *rejected* |
| \`4000000\` (\`oauth_not_available\`) | the request had no token. It counts for loops and incidents, because the client cannot continue |
| IIS \`401 0 0\`, and no log shows whether a token was presented | nothing: *suspected*. An incident of only such requests is not proven (\`hma_incident_proven\` 0) |
| HttpProxy 401 without a reason | nothing by itself, because it is not known whether that log shows the reason. But a client that is never served is in a loop |
| a missing row, an incomplete row, a column that is not logged | nothing: it is unknown, never "no" |

## Confidence

The first matching row of the table determines the cause. The confidence is the row's own weight, plus the weight of each piece of evidence found for the row. The
maximum is 0.99, because logs show what happened, but not the content of a worker's memory. Nothing reduces the confidence: facts against a cause are conditions of
its row.

## The decision table

| order | cause | condition | initial weight | reason |
|---|---|---|---|---|`;

function table(decisions: readonly Decision[]): string[] {
  return decisions.map(
    ({ order, cause, when, base, because }) =>
      `| ${order} | [\`${cause}\`](#${cause}) | ${when} | ${base} | ${because} |`,
  );
}

const PLACES: Readonly<Record<FaultPlace, string>> = {
  server: "in this server; another server behind the load balancer would serve the client",
  organisation: "in something that all servers share",
  way: "between clients and servers",
  back_end: "in the server behind the front end",
  users: "in single accounts; the server is healthy",
  strangers: "on the side of the senders; the server is healthy",
  unknown: "unknown",
};

function section(record: CauseRecord): string[] {
  const { cause, title, meaning, liesIn, checks, claims, firstAction, confirm, act, runbook } = record;
  const clues = new Map(claims.flatMap((claim) => claim.clues.map((clue) => [clueKey(clue), { clue, claim }])));
  return [
    `## ${cause}`,
    "",
    `**${title}.** ${meaning}`,
    "",
    `- The fault lies ${PLACES[liesIn]}.`,
    ...(checks.length === 0
      ? []
      : [`- Checks whose failure speaks for it: ${checks.map((check) => `\`${check}\``).join(", ")}.`]),
    `- Rows of the table: ${claims.map(({ order }) => order).join(", ")}.`,
    `- First action: ${firstAction}.`,
    `- Runbook: [${runbook}](runbooks/${runbook}.md).`,
    "",
    ...(clues.size === 0 ? ["Nothing else adds to its confidence.", ""] : evidence([...clues.values()], claims)),
    "To confirm:",
    "",
    ...confirm.map(step),
    "",
    "To do:",
    "",
    ...act.map(step),
    "",
  ];
}

function clueKey({ what, weight, because }: Clue): string {
  return [what, weight, because].join(" ");
}

function evidence(clues: readonly { clue: Clue }[], claims: readonly Claim[]): string[] {
  return [
    "| evidence | adds | because | rows |",
    "|---|---|---|---|",
    ...clues.map(({ clue }) => {
      const rows = claims.filter((claim) => claim.clues.some((one) => clueKey(one) === clueKey(clue)));
      const more = clue.more === undefined ? "" : `, each further one ${clue.more}`;
      return `| ${clue.what} | ${clue.weight}${more} | ${clue.because} | ${rows.map(({ order }) => order).join(", ")} |`;
    }),
    "",
  ];
}

function step({ text, command }: AdviceStep, index: number): string {
  if (command === null) return `${index + 1}. ${text}.`;
  return [`${index + 1}. ${text}:`, "", "```powershell", command, "```", ""].join("\n");
}
