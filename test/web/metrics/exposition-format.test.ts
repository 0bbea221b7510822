import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { CONTENT_TYPES, negotiateFormat } from "../../../src/web/metrics/exposition-format.ts";

describe("negotiateFormat()", () => {
  test.each([
    ["no header", undefined, "text"],
    ["a browser", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text"],
    ["curl", "*/*", "text"],
    [
      "Prometheus 2.42",
      "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
      "openmetrics",
    ],
    [
      "Prometheus 3",
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
      "openmetrics",
    ],
    [
      "Prometheus 3 that prefers text",
      "text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1",
      "text",
    ],
    [
      "protobuf first",
      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,application/openmetrics-text;version=1.0.0;q=0.6,*/*;q=0.2",
      "openmetrics",
    ],
    ["OpenMetrics of a future version", "application/openmetrics-text;version=2.0.0,text/plain;q=0.5", "text"],
    ["OpenMetrics refused", "application/openmetrics-text;q=0,text/plain", "text"],
    ["equal qualities", "text/plain;version=0.0.4,application/openmetrics-text;version=1.0.0", "text"],
    ["capitals and blanks", "Application/OpenMetrics-Text; Version=1.0.0 ; Q=0.9 , text/plain;q=0.2", "openmetrics"],
    ["nothing that we speak", "image/png", "text"],
    ["garbage", ";;;,,q=,=;q=zz", "text"],
  ] as const)("answers %s", (_name, accept, format) => {
    expect(negotiateFormat(accept)).toBe(format);
  });

  test.each([...Object.getOwnPropertyNames(Object.prototype)].map((name) => name.toLowerCase()))(
    "treats %s, a property of every object, as an unknown type",
    (name) => {
      expect(negotiateFormat(name)).toBe("text");
      expect(negotiateFormat(`${name}, application/openmetrics-text`)).toBe("openmetrics");
    },
  );

  test("never throws", () => {
    fc.assert(fc.property(fc.string(), (accept) => ["text", "openmetrics"].includes(negotiateFormat(accept))));
  });
});

test("CONTENT_TYPES have the exact specified texts", () => {
  expect(CONTENT_TYPES).toEqual({
    text: "text/plain; version=0.0.4; charset=utf-8",
    openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  });
});
