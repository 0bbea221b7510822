import { expect, test } from "@jest/globals";
import { iisLogQuality } from "../../src/checks/iis-log-quality.ts";
import { CONTEXT, goodSnapshot } from "./good-snapshot.ts";
import { parseSnapshot } from "../../src/model/snapshot/parse-snapshot.ts";

test("iis_log_quality fails if the log itself lacks columns, even if the settings list them", () => {
  const { snapshot } = parseSnapshot(goodSnapshot());
  const gaps = [
    { server: "EX01", format: "iis" as const, columns: ["sc-substatus"] },
    { server: "EX01", format: "http_proxy" as const, columns: ["GenericInfo"] },
  ];
  const failed = iisLogQuality
    .evaluate(snapshot, { ...CONTEXT, logGaps: gaps })
    .filter(({ verdict }) => verdict.kind === "fail");
  expect(failed).toEqual([
    {
      object: "EX01\\log files",
      verdict: {
        kind: "fail",
        found: "the log lacks sc-substatus",
        wanted: "every column that the detection needs",
      },
    },
  ]);
});
