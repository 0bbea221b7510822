import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { isDeepStrictEqual } from "node:util";
import {
  loopsOf,
  finaliseRuns,
  hasFinal,
  insertAttempt,
  newRefusedClient,
  recordOf,
} from "../../src/engine/clients/refused-client.ts";
import { Attempts, type Attempt } from "../../src/engine/clients/attempts.ts";
import { mainCategory, openLoopOf, runAt, stepLoop, type OpenRun, type RefusalRun } from "../../src/detectors/loop.ts";
import { END_OF_TIME } from "../../src/engine/requests/settling.ts";
import { repetitions } from "../soak.ts";
import { DEFAULT_RULES } from "../../src/model/rules.ts";

const T0 = Date.UTC(2026, 10, 22, 8, 0, 0);
const rules = DEFAULT_RULES;

function entry(seconds: number, kind: Attempt["kind"] = "refused", more: Partial<Attempt> = {}): Attempt {
  return {
    atMs: T0 + seconds * 1000,
    fileKey: 1,
    offset: seconds * 10,
    kind,
    category: kind === "refused" ? "invalid_signature" : null,
    isBackEnd: false,
    protocol: "ews",
    arrivedAtMs: T0,
    ...more,
  };
}

function loops(entries: readonly Attempt[], nowSeconds = 100_000): RefusalRun[] {
  const [client, list] = [newRefusedClient(1, 1, 1), new Attempts()];
  for (const one of entries) insertAttempt(list, client, one);
  return loopsOf(list, client, { nowMs: T0 + nowSeconds * 1000, rules });
}

const refusals = (...seconds: number[]) => seconds.map((at) => entry(at));

describe("stepLoop()", () => {
  const cases: {
    name: string;
    entries: Attempt[];
    want: [start: number, end: number, rejections: number, outcome: string][];
  }[] = [
    {
      name: "opens at the fifth refusal that spans 15 s",
      entries: refusals(0, 4, 8, 12, 15),
      want: [[0, 15, 5, "unresolved"]],
    },
    { name: "does not open when the span is a second short", entries: refusals(0, 4, 8, 12, 14), want: [] },
    { name: "does not open at four", entries: refusals(0, 10, 20, 30), want: [] },
    {
      name: "ends recovered at the next success",
      entries: [...refusals(0, 10, 20, 30, 40), entry(50, "success")],
      want: [[0, 50, 5, "recovered"]],
    },
    {
      name: "a success in between starts a new run",
      entries: [...refusals(0, 10, 20), entry(25, "success"), ...refusals(30, 40)],
      want: [],
    },
    {
      name: "a challenge in between neither starts nor ends it",
      entries: [...refusals(0, 10), entry(12, "other"), ...refusals(20, 30, 40)],
      want: [[0, 40, 5, "unresolved"]],
    },
    {
      name: "a gap of exactly two minutes continues the run",
      entries: refusals(0, 120, 240, 360, 480),
      want: [[0, 480, 5, "unresolved"]],
    },
    { name: "a gap beyond two minutes begins a new run", entries: refusals(0, 10, 131, 141, 151, 161), want: [] },
    {
      name: "an open loop continues across a gap shorter than the idle time",
      entries: refusals(0, 10, 20, 30, 40, 400),
      want: [[0, 400, 6, "unresolved"]],
    },
    {
      name: "ten minutes without a request end it at its last refusal",
      entries: [...refusals(0, 10, 20, 30, 40), entry(640, "success")],
      want: [[0, 40, 5, "unresolved"]],
    },
    {
      name: "two loops of one client",
      entries: [
        ...refusals(0, 5, 10, 15, 20),
        entry(30, "success"),
        ...refusals(40, 45, 50, 55, 60),
        entry(70, "success"),
      ],
      want: [
        [0, 30, 5, "recovered"],
        [40, 70, 5, "recovered"],
      ],
    },
  ];
  test.each(cases)("$name", ({ entries, want }) => {
    expect(
      loops(entries).map((one) => [(one.startMs - T0) / 1000, (one.endMs - T0) / 1000, one.rejections, one.outcome]),
    ).toEqual(want);
  });

  test("an open loop has no outcome yet", () => {
    expect(loops(refusals(0, 10, 20, 30, 40), 60)[0]).toMatchObject({ outcome: null, rejections: 5 });
  });

  test("eight connections challenged at the same time are not a loop", () => {
    expect(
      loops([0, 0, 0, 0, 1, 1, 1, 2].map((at, index) => entry(at, "refused", { offset: index, category: null }))),
    ).toEqual([]);
  });

  test("rows with the same time keep the order of their file", () => {
    const at = (offset: number, kind: Attempt["kind"]) => entry(60, kind, { offset });
    expect(loops([...refusals(0, 10, 20, 30, 40), at(2, "success"), at(1, "refused")])[0]).toMatchObject({
      outcome: "recovered",
      rejections: 6,
    });
    expect(loops([...refusals(0, 10, 20, 30, 40), at(1, "success"), at(2, "refused")])[0]).toMatchObject({
      outcome: "recovered",
      rejections: 5,
    });
  });
});

describe("finaliseRuns()", () => {
  test("gives the same loops in steps as at once", () => {
    const all = [
      ...refusals(0, 5, 10, 15, 20),
      entry(30, "success"),
      ...refusals(40, 45, 50, 55, 60, 65),
      entry(70, "success"),
      ...refusals(80, 90),
    ];
    const [client, list] = [newRefusedClient(1, 1, 1), new Attempts()];
    const found: RefusalRun[] = [];
    const horizon = (longAgoMs: number, silentToMs: number) => ({
      arrivedBeforeMs: longAgoMs,
      completeToMs: -Infinity,
      longAgoMs,
      silentToMs,
    });
    for (const one of all) {
      insertAttempt(list, client, { ...one, arrivedAtMs: one.atMs });
      found.push(...finaliseRuns(list, client, { horizon: horizon(one.atMs - 12_000, one.atMs), rules }));
    }
    found.push(...finaliseRuns(list, client, { horizon: horizon(Infinity, T0 + 1e9), rules }));
    expect(found).toEqual(loops(all));
  });

  test("is called for a client with too many attempts, although none of them is final yet", () => {
    const [client, list] = [newRefusedClient(1, 1, 1), new Attempts()];
    const horizon = { arrivedBeforeMs: 0, completeToMs: -Infinity, longAgoMs: 0, silentToMs: 0 };
    const most = 4_096;
    for (let seconds = 0; seconds < most; seconds++) insertAttempt(list, client, entry(seconds));
    expect(hasFinal(list, client, { horizon, rules })).toBe(false);
    insertAttempt(list, client, entry(most));
    expect(hasFinal(list, client, { horizon, rules })).toBe(true);
    finaliseRuns(list, client, { horizon, rules });
    expect(client.count).toBe(most);
  });

  test("changes a client exactly when hasFinal() says so", () => {
    const step = fc.record({
      pauseSeconds: fc.constantFrom(0, 1, 30, 120, 600, 1_000),
      kind: fc.constantFrom<Attempt["kind"] | "none">("refused", "refused", "asked", "success", "other", "none"),
      behindSeconds: fc.constantFrom(-1, 0, 1, 60, 700),
    });
    let [changed, same] = [0, 0];
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const [client, list] = [newRefusedClient(1, 1, 1), new Attempts()];
        let seconds = 0;
        for (const { pauseSeconds, kind, behindSeconds } of steps) {
          seconds += pauseSeconds;
          if (kind !== "none") insertAttempt(list, client, entry(seconds, kind, { arrivedAtMs: T0 + seconds * 1_000 }));
          const toMs = T0 + 1_000 * (seconds - behindSeconds);
          const horizon = { arrivedBeforeMs: toMs, completeToMs: -Infinity, longAgoMs: toMs, silentToMs: toMs };
          const [before, mayChange] = [recordOf(list, client), hasFinal(list, client, { horizon, rules })];
          const shortRuns: RefusalRun[] = [];
          const ended = finaliseRuns(list, client, { horizon, rules, shortRuns });
          const isSame = ended.length === 0 && isDeepStrictEqual(recordOf(list, client), before);
          expect({ before, isSame }).toEqual({ before, isSame: !mayChange });
          if (isSame) same += 1;
          else changed += 1;
        }
      }),
      { numRuns: repetitions({ usual: 300, soak: 30_000 }) },
    );
    expect(Math.min(changed, same)).toBeGreaterThan(100);
  });
});

describe("mainCategory()", () => {
  test("is unknown if nothing is proven", () => {
    expect(mainCategory({ categories: { suspected: 9 } })).toBe("unknown");
  });
  test("is the most frequent one", () => {
    expect(mainCategory({ categories: { token_expired: 2, invalid_signature: 7, suspected: 90 } })).toBe(
      "invalid_signature",
    );
  });
});

describe("refusals that are taken at once", () => {
  const anyEntry = fc.record({
    pause: fc.oneof(fc.constantFrom(0, 5, 20, 120, 121), fc.constantFrom(599, 600, 5_000, 15_000)),
    kind: fc.constantFrom<Attempt["kind"]>("refused", "refused", "refused", "asked", "success", "other"),
    category: fc.constantFrom<Attempt["category"]>("invalid_signature", "invalid_signature", null),
    isBackEnd: fc.constantFrom(false, false, true),
  });
  const eager = { ...rules, loop: { ...rules.loop, gapMs: 700_000 } };

  test("give the same loops and states as one after the other", () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 60 }), fc.constantFrom(rules, eager), (some, judged) => {
        let seconds = 0;
        const entries = some.map(({ pause, kind, category, isBackEnd }) => {
          seconds += pause;
          return entry(seconds, kind, { category: kind === "refused" ? category : null, isBackEnd });
        });
        let [state, wasServed]: [OpenRun, boolean] = [null, false];
        const [ended, shortRuns]: [RefusalRun[], RefusalRun[]] = [[], []];
        for (const one of entries) {
          const run = state?.refusals ?? null;
          if (one.kind === "success" && run !== null && openLoopOf(state) === null) shortRuns.push(run);
          const step = stepLoop(state, one, { rules: judged, wasServed });
          if (step.ended !== null) ended.push(step.ended);
          state = step.state;
          wasServed ||= one.kind === "success";
        }
        const [client, list] = [newRefusedClient(1, 1, 1), new Attempts()];
        for (const one of entries) insertAttempt(list, client, one);
        const nowMs = T0 + 1_000 * (seconds + 1);
        const open = runAt(state, nowMs, judged.loop).ended ?? openLoopOf(state);
        expect(loopsOf(list, client, { nowMs, rules: judged })).toEqual(open === null ? ended : [...ended, open]);
        const found: RefusalRun[] = [];
        const horizon = { ...END_OF_TIME, silentToMs: nowMs };
        expect(finaliseRuns(list, client, { horizon, rules: judged, shortRuns: found })).toEqual(ended);
        expect(found).toEqual(shortRuns);
        expect(client.base).toEqual(runAt(state, nowMs, judged.loop).state);
      }),
      { numRuns: repetitions({ usual: 500, soak: 50_000 }) },
    );
  });
});
