import { expect, test } from "@jest/globals";
import { rememberSchemas } from "../../src/sources/text/known-schemas.ts";
import { ColumnSchema } from "../../src/sources/text/column-schema.ts";
import { FORMATS } from "./plain-formats.ts";

test("files with the same header share a schema; other headers and formats have their own", () => {
  const header = "#Fields: date time cs-uri-stem sc-status";
  expect(FORMATS.iis.schemaFrom(header)).toBe(FORMATS.iis.schemaFrom(header));
  expect(FORMATS.iis.schemaFrom(`${header} c-ip`)).not.toBe(FORMATS.iis.schemaFrom(header));
  expect(FORMATS.http_err.schemaFrom(header)).not.toBe(FORMATS.iis.schemaFrom(header));
});

test("a bounded number of headers is kept, and none that is very long; other directives have no schema", () => {
  let made = 0;
  const schemaFrom = rememberSchemas((header) => {
    made += 1;
    return header.startsWith("#Fields:") ? new ColumnSchema("iis", header, header.split(" ").slice(1)) : null;
  });
  for (let turn = 0; turn < 2; turn++) for (let count = 0; count < 1_000; count++) schemaFrom(`#Fields: a${count}`);
  expect(made).toBe(2_000);
  schemaFrom("#Fields: a999");
  expect(made).toBe(2_000);
  const long = `#Fields: ${"x".repeat(10_000)}`;
  expect(schemaFrom(long)).not.toBe(schemaFrom(long));
  expect(schemaFrom("#Date: x")).toBeNull();
});
