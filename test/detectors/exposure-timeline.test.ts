import { describe, expect, test } from "@jest/globals";
import { exposureTimeline } from "../../src/detectors/exposure-timeline.ts";
import type { ExposureObservation } from "../../src/detectors/exposure-timeline.ts";

const published = (atMs: number, ...thumbprints: string[]): ExposureObservation => ({
  kind: "published",
  keys: {
    issuer: "evosts",
    authServer: "EvoSts",
    fetchedAtMs: atMs,
    isStandIn: false,
    keys: thumbprints.map((thumbprint) => ({ thumbprint, kid: null, notAfterMs: null })),
  },
});
const trusted = (atMs: number, thumbprints: readonly string[] | null): ExposureObservation => ({
  kind: "trusted",
  atMs,
  keys: [{ issuer: "evosts", authServer: "EvoSts", thumbprints, metadataUrl: null, tenant: "" }],
});

describe("exposureTimeline()", () => {
  test.each([
    { name: "nothing", seen: [], steps: [] },
    { name: "one side alone", seen: [published(1, "A"), published(2, "B")], steps: [] },
    {
      name: "a roll-over until AD catches up",
      seen: [published(1, "A"), trusted(2, ["A"]), published(3, "A", "B"), published(4, "B"), trusted(5, ["A", "B"])],
      steps: [
        [2, 0],
        [3, 1],
        [5, 0],
      ],
    },
    {
      name: "AD can no longer be read",
      seen: [published(1, "A"), trusted(2, ["A"]), trusted(3, null)],
      steps: [
        [2, 0],
        [3, null],
      ],
    },
    {
      name: "several observations at the same time",
      seen: [published(1, "A", "B"), trusted(1, ["A"]), published(2, "A"), trusted(2, ["A"])],
      steps: [
        [1, 1],
        [2, 0],
      ],
    },
  ])("$name", ({ seen, steps }) => {
    for (const order of [seen, [...seen].reverse()])
      expect(exposureTimeline(order).map((step) => [step.atMs, step.missing])).toEqual(steps);
  });
});
