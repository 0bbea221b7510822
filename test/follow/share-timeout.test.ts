import { describe, expect, test } from "@jest/globals";
import { ShareTimeout, NoAnswerError } from "../../src/follow/share-timeout.ts";

/** A promise with its resolve and reject functions. */
function deferred(): { promise: Promise<string>; resolve: (value: string) => void; reject: (error: unknown) => void } {
  let [resolve, reject] = [(_: string): void => undefined, (_: unknown): void => undefined];
  const promise = new Promise<string>((yes, no) => {
    [resolve, reject] = [yes, no];
  });
  return { promise, resolve, reject };
}

describe("ShareTimeout", () => {
  test("returns the result of the operation, or its error", async () => {
    const shareTimeout = new ShareTimeout(10_000);
    expect(await shareTimeout.run("EX01", () => Promise.resolve("done"))).toBe("done");
    const error = new Error("no");
    await expect(shareTimeout.run("EX01", () => Promise.reject(error))).rejects.toBe(error);
    expect(shareTimeout.isHanging("EX01")).toBe(false);
  });

  test.each(["resolves", "fails"])(
    "stops waiting, and treats the server as hanging until the operation %s",
    async (how) => {
      const shareTimeout = new ShareTimeout(1);
      const operation = deferred();
      const late: string[] = [];
      await expect(
        shareTimeout.run(
          "EX01",
          () => operation.promise,
          (value) => {
            late.push(value);
          },
        ),
      ).rejects.toThrow(NoAnswerError);
      expect([shareTimeout.isHanging("EX01"), shareTimeout.isHanging("EX02")]).toEqual([true, false]);
      if (how === "resolves") operation.resolve("late");
      else operation.reject(new Error("late"));
      await operation.promise.catch(() => undefined);
      await Promise.resolve();
      expect([shareTimeout.isHanging("EX01"), late]).toEqual([false, how === "resolves" ? ["late"] : []]);
    },
  );
});
