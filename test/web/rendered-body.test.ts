import { gunzipSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import { RenderedBody } from "../../src/web/rendered-pages.ts";

const KIB = 1024;

/** Bodies of up to 512 KiB are compressed at once, larger ones by another thread. */
test.each([KIB, 512 * KIB, 512 * KIB + 1, 3 * KIB * KIB])(
  "a body of %i bytes is compressed once, and smaller",
  async (bytes) => {
    const body = new RenderedBody("hma_requests_total 12345\n".repeat(bytes / 25 + 1).slice(0, bytes));
    const zipped = await body.zipped();
    if (zipped === null) throw new Error("Not compressed");
    expect(gunzipSync(zipped).equals(body.plain)).toBe(true);
    expect(zipped.length).toBeLessThan(bytes / 4);
    expect(await body.zipped()).toBe(zipped);
  },
);

test("a body of less than a KiB is not compressed", () => {
  expect(new RenderedBody("x".repeat(KIB - 1)).zipped()).toBeNull();
});
