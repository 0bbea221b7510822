import { expect, test } from "@jest/globals";
import { createEngine, LIVE_LIMITS, serverOf } from "../../src/engine/create-engine.ts";
import { notePresent } from "../../src/engine/engine.ts";
import { unservedKindsOf } from "../../src/engine/server-state.ts";
import type { LogKind } from "../../src/model/row.ts";
import { DEFAULT_RULES } from "../../src/model/rules.ts";

const LOGS: readonly LogKind[] = [
  { format: "iis", protocol: null, isBackEnd: false, encoding: "utf8" },
  { format: "http_proxy", protocol: "ews", isBackEnd: false, encoding: "utf8" },
  { format: "http_proxy", protocol: "mapi", isBackEnd: false, encoding: "utf8" },
  { format: "ews", protocol: "ews", isBackEnd: true, encoding: "utf8" },
  { format: "mapi_http", protocol: "mapi", isBackEnd: true, encoding: "utf8" },
  { format: "events", protocol: null, isBackEnd: false, encoding: "utf8" },
];
const OTHER: LogKind = { format: "iis", protocol: null, isBackEnd: true, encoding: "utf8" };

test("the kinds of rows are found out again when a server has a new kind of log, not for each further file", () => {
  const engine = createEngine({ rules: DEFAULT_RULES, limits: LIVE_LIMITS, mode: "history" });
  const schema = {};
  const [first, second] = [serverOf(engine, "EX01"), serverOf(engine, "EX02")];
  for (const server of ["EX01", "EX02"])
    for (const log of LOGS) {
      const before = [first, second].map((one) => unservedKindsOf(one, schema));
      notePresent(engine, server, { log });
      const after = [first, second].map((one) => unservedKindsOf(one, schema));
      after.forEach((kinds, at) => expect(kinds).not.toBe(before[at]));
      for (const known of [log, OTHER]) notePresent(engine, server, { log: known });
      [first, second].forEach((one, at) => expect(unservedKindsOf(one, schema)).toBe(after[at]));
    }
});
