import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { CauseContext } from "../../src/causes/cause-context.ts";
import type { CauseRecord } from "../../src/causes/cause-record.ts";
import { nameCause } from "../../src/causes/name-cause.ts";
import { causesIn, CAUSE_RECORDS, DECISIONS } from "../../src/causes/records/index.ts";
import { CHECKS } from "../../src/checks/index.ts";
import { CATEGORIES, CAUSES } from "../../src/model/label-values.ts";
import { CAUSE_CASES, context, crash, healthy, MINUTE, oauth, refusing, START } from "./cause-cases.ts";

const DOCS = resolve(import.meta.dirname, "../../docs");
const RECORDS = resolve(import.meta.dirname, "../../src/causes/records");

describe("CAUSE_RECORDS", () => {
  test("there is one record per cause, in a file of the same name", () => {
    expect(Object.keys(CAUSE_RECORDS)).toEqual([...CAUSES]);
    for (const [name, { cause }] of Object.entries(CAUSE_RECORDS)) expect(cause).toBe(name);
    const files = CAUSES.map((cause) => `${cause.replaceAll("_", "-")}.ts`);
    expect(readdirSync(RECORDS).sort()).toEqual([...files, "index.ts"].sort());
  });

  test("name existing checks, each for one cause", () => {
    const ids = Object.values(CAUSE_RECORDS).flatMap(({ checks }) => checks);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !CHECKS.some((check) => check.id === id))).toEqual([]);
  });
});

for (const record of Object.values(CAUSE_RECORDS)) {
  describe(`${record.cause}`, () => {
    keepsTheContract(record);
  });
}

/** Requirements for every cause. */
function keepsTheContract(record: CauseRecord): void {
  test("states its meaning and what to do", () => {
    for (const text of [record.title, record.meaning, record.firstAction]) expect(text.length).toBeGreaterThan(5);
    expect(record.title.endsWith(".")).toBe(false);
    expect(record.firstAction).not.toMatch(/\n/);
    expect(record.confirm.length).toBeGreaterThan(0);
    expect(record.act.length).toBeGreaterThan(0);
    expect(readFileSync(`${DOCS}/runbooks/${record.runbook}.md`, "utf8")).toContain("## Act");
  });

  test("has rows in the decision table, each with a reason for its weights", () => {
    expect(record.claims.length).toBeGreaterThan(0);
    for (const { when, because, base, clues } of record.claims) {
      for (const text of [when, because, ...clues.flatMap((clue) => [clue.what, clue.because])])
        expect(text.length).toBeGreaterThan(10);
      for (const weight of [base, ...clues.flatMap(({ weight: first, more = 0 }) => [first, more])]) {
        expect(weight).toBeGreaterThanOrEqual(0);
        expect(weight).toBeLessThan(1);
      }
      // The sum of almost all its evidence stays below certainty.
      expect(base).toBeGreaterThan(0);
    }
  });

  test("has a row for the runbook that on-call people open for it, with links to pages that exist", () => {
    const { signs, remedy } = record.inRunbook;
    for (const text of [signs, remedy]) expect(text).toMatch(/^[^|\n]{8,}$/);
    for (const [, page = ""] of remedy.matchAll(/\]\(([\w.]+\.md)/g))
      expect(readFileSync(`${DOCS}/runbooks/${page}`, "utf8")).toMatch(/^# /);
  });

  test("each of its rows is covered by a case", () => {
    const reached = new Set(
      CAUSE_CASES.map(({ given }) => DECISIONS.find(({ holds }) => holds(context(given)))?.order),
    );
    expect(record.claims.map(({ order }) => order).filter((order) => !reached.has(order))).toEqual([]);
  });
}

describe("the decision table", () => {
  test("has unique positions, and a last row that always matches", () => {
    const orders = DECISIONS.map(({ order }) => order);
    expect(new Set(orders).size).toBe(orders.length);
    expect(DECISIONS.at(-1)?.cause).toBe("unexplained");
  });

  test("determines one cause for any context, independent of the order of lists, with a confidence of at most 0.99", () => {
    fc.assert(
      fc.property(contexts, (given) => {
        const verdict = nameCause(context(given));
        expect(CAUSES).toContain(verdict.cause);
        expect(verdict.confidence).toBeGreaterThanOrEqual(0.05);
        expect(verdict.confidence).toBeLessThanOrEqual(0.99);
        expect(verdict.evidence.length).toBeGreaterThan(0);
        const turned = { ...given, peers: [...(given.peers ?? [])].reverse() };
        expect(nameCause(context(turned))).toEqual(verdict);
      }),
      { numRuns: 500 },
    );
  });

  test("blames strangers only if other clients are accepted at the time, and keys only with a reason that shows it", () => {
    fc.assert(
      fc.property(contexts, (given) => {
        const all = context(given);
        const { cause } = nameCause(all);
        if (cause === "junk_tokens") expect([all.clientsServed, all.acceptedMeanwhile(0)]).toEqual([0, true]);
        if (cause === "unknown_user") expect(all.proven).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });
});

const contexts: fc.Arbitrary<Partial<CauseContext>> = fc
  .record({
    category: fc.constantFrom(...CATEGORIES),
    proven: fc.constantFrom(0, 100),
    backEndRejections: fc.constantFrom(0, 0, 60),
    clientsServed: fc.constantFrom(0, 10),
    recycles: fc.constantFrom([], [crash], [{ ...crash, atMs: START - 25 * MINUTE }]),
    recyclesAreVisible: fc.boolean(),
    isAccepted: fc.boolean(),
    isExcerpt: fc.boolean(),
    peers: fc.constantFrom([], [healthy("EX02"), healthy("EX03")], [refusing("EX02"), healthy("EX03")]),
    otherPoolsRefuse: fc.boolean(),
    missing: fc.boolean(),
    event: fc.constantFrom(null, "new_certificates_from_metadata_url", "failed_while_reading_metadata"),
    offset: fc.constantFrom(null, 10, 900),
    issuer: fc.constantFrom("Entra ID", "AD FS"),
  })
  .map(({ category, isAccepted, isExcerpt, missing, event, offset, ...rest }) => ({
    ...rest,
    categories: rest.proven === 0 ? { suspected: 100 } : { [category]: 100 },
    acceptedSince: () => isAccepted,
    acceptedMeanwhile: () => isAccepted,
    logsBeginMs: START - (isExcerpt ? 2 : 600) * MINUTE,
    missingKeys: missing ? { count: 1, atMs: START } : null,
    oauthEvents: event === null ? [] : [oauth(event, "MSExchange OAuth")],
    clockOffset: offset === null ? null : { seconds: offset, atMs: START, source: "snapshot" as const },
  }));

describe("causes in other places", () => {
  test("the page of the load-balancer gate lists the causes on the server side", () => {
    const page = readFileSync(`${DOCS}/load-balancer.md`, "utf8");
    const listed = /its cause is local to this server \((.*?)\)/.exec(page)?.[1] ?? "";
    expect([...listed.matchAll(/`(\w+)`/g)].map(([, cause]) => cause).sort()).toEqual(causesIn("server").sort());
  });
});
