import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";
import { DEFAULT_PARAMETERS, type Parameters } from "./parameters.ts";
import { isThresholdName, THRESHOLD_NAMES, type ThresholdName } from "./thresholds.ts";

// Sample: https://grafana.example:3000/grafana
const address = z.string().regex(/^https?:\/\/[^\s]+[^\s/]$/, "an http or https address without a slash at the end");
// Sample: cluster
const label = z
  .string()
  .regex(/^[a-z_][a-z0-9_]*$/i, "the name of a label")
  .refine((name) => !["job", "instance"].includes(name), "another label than job and instance, which are kept anyway");
const text = z.string().min(1, "a text");
const { links, kubernetes } = DEFAULT_PARAMETERS;

const Site = z.strictObject({
  // Sample: job=~"hma.*",env="prod"
  jobSelector: z
    .string()
    .regex(
      /^[a-z_]\w*\s*(?:=~|!~|!=|=)\s*"[^"]*"(?:\s*,\s*[a-z_]\w*\s*(?:=~|!~|!=|=)\s*"[^"]*")*$/i,
      'matchers: job=~"hma.*"',
    )
    .default(DEFAULT_PARAMETERS.jobSelector),
  groupLabels: z.array(label).max(5).default([]),
  thresholds: z.record(z.string(), z.number()).default({}),
  links: z
    .strictObject({
      grafana: address.default(links.grafana),
      runbooks: address.default(links.runbooks),
      exporter: address.default(links.exporter),
    })
    .prefault({}),
  kubernetes: z
    .strictObject({
      namespace: text.default(kubernetes.namespace),
      labels: z.record(z.string(), text).default(kubernetes.labels),
      job: text.default(kubernetes.job),
      exporter: text.default(kubernetes.exporter),
    })
    .prefault({}),
});

/** Reads the parameters of a site from its YAML file. Throws with a list of all faults and their keys. */
export async function readParameters(path: string): Promise<Parameters> {
  const site = Site.safeParse(parse(await readFile(path, "utf8")) ?? {});
  const faults = site.success
    ? Object.keys(site.data.thresholds)
        .filter((name) => !isThresholdName(name))
        .map((name) => `thresholds: "${name}" is none of ${THRESHOLD_NAMES.join(", ")}`)
    : site.error.issues.map(({ path: key, message }) => `${key.join(".") || "file"}: expected ${message}`);
  if (!site.success || faults.length > 0)
    throw new Error(`Cannot use the parameters of ${path}:\n${faults.join("\n")}`);
  const thresholds: Partial<Record<ThresholdName, number>> = {};
  for (const [name, value] of Object.entries(site.data.thresholds)) if (isThresholdName(name)) thresholds[name] = value;
  return { ...site.data, thresholds };
}
