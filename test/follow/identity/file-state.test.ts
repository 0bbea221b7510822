import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { changedState, NEXT_STATES, type FileState } from "../../../src/follow/identity/file-state.ts";

const STATES: readonly FileState[] = ["new", "copy", "followed", "finished"];
const CHANGES = STATES.flatMap((from) => STATES.map((to) => ({ from, to })));
const DESIGN = readFileSync(join(import.meta.dirname, "../../../docs/design/following-logs.md"), "utf8");

describe("the state of a followed file", () => {
  test.each(CHANGES)("from $from to $to is a change in the diagram, no change, or an error", ({ from, to }) => {
    const change = (): FileState => changedState(from, to, "EX01/LogFiles/W3SVC1/a.log");
    if (from === to || NEXT_STATES[from].includes(to)) expect(change()).toBe(to);
    else expect(change).toThrow(`Cannot follow EX01/LogFiles/W3SVC1/a.log: a file that is ${from} cannot become ${to}`);
  });

  test("the diagram contains all changes and no others", () => {
    const drawn = [...DESIGN.matchAll(/^\s+(\w+) --> (\w+)/gm)].map(([, from, to]) => `${from} ${to}`);
    const built = STATES.flatMap((from) => NEXT_STATES[from].map((to) => `${from} ${to}`));
    expect(drawn.filter((change) => !change.includes("start")).sort()).toEqual(built.sort());
  });
});
