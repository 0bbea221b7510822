import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { formatFault } from "../../src/config/config-fault.ts";
import { configJsonSchema, publishedJsonSchema } from "../../src/config/config-json-schema.ts";
import { configurationPage } from "../../.ci/docs/configuration-page.ts";
import { defaultConfigModule, keyFactsModule } from "../../.ci/docs/config-facts.ts";
import { DEFAULT_CONFIG } from "../../src/config/default-config.ts";
import { loadConfig, readConfigFile } from "../../src/config/load-config.ts";
import { DEFAULT_RULES } from "../../src/model/rules.ts";
import { writtenPage } from "../written-page.ts";

function faultsOf(text: string, flags = {}) {
  const loaded = loadConfig(text, flags);
  return loaded.ok ? [] : loaded.faults;
}

function configOf(text: string, flags = {}) {
  const loaded = loadConfig(text, flags);
  if (!loaded.ok) throw new Error(loaded.faults.map(formatFault).join("\n"));
  return loaded.config;
}

describe("loadConfig()", () => {
  test("accepts the contract's example", () => {
    const config = configOf(`
farm: /mnt/farm                 # central mode
state: /var/lib/hma-exporter
follow: { lookback: 24h, poll: 1s }
loop: { threshold: 5, minSpan: 15s, gap: 2m, idle: 10m }
incident: { minClients: 3, quiet: 5m }
`);
    expect(config).toEqual({ ...DEFAULT_CONFIG, farm: "/mnt/farm", state: "/var/lib/hma-exporter" });
  });

  test("has the defaults of the rules", () => {
    expect(DEFAULT_CONFIG.loop).toEqual(DEFAULT_RULES.loop);
    expect(DEFAULT_CONFIG.incident).toEqual(DEFAULT_RULES.incident);
    expect(DEFAULT_CONFIG.follow).toEqual({ lookbackMs: 86_400_000, pollMs: 1000 });
    expect(DEFAULT_CONFIG.web.listenAddress).toEqual([":10401"]);
  });

  test.each(["", "   \n", "# nothing\n", "{}", "---\n", "null", "\uFEFF{}"])("uses the defaults for %j", (text) => {
    expect(configOf(text)).toEqual(DEFAULT_CONFIG);
  });

  test("reports the key, the value found, the allowed values and the line of a fault", () => {
    expect(faultsOf("loop:\n  threshold: zero\n")).toEqual([
      { path: "loop.threshold", found: "zero", allowed: "a whole number from 2 to 1000", line: 2, column: 14 },
    ]);
  });

  test.each<[string, string, readonly string[]]>([
    ["a list, in the order of the catalogue, each once", "{ disabled: [logs, errors, logs] }", ["errors", "logs"]],
    ["a text with commas, as in a flag", '{ disabled: " logs, probe" }', ["logs", "probe"]],
    ["an empty text", '{ disabled: "" }', []],
  ])("accepts groups of metrics as %s", (_, written, groups) => {
    expect(configOf(`metrics: ${written}`).metrics.disabled).toEqual(groups);
  });

  test("accepts switches as flags, which take precedence over the file", () => {
    const flags = { "collectors.enabled": "keys,events", "metrics.disabled": "logs" };
    const config = configOf("collectors: { enabled: [] }\nmetrics: { disabled: [probe] }", flags);
    expect([config.collectors.enabled, config.metrics.disabled]).toEqual([["keys", "events"], ["logs"]]);
  });

  test("reports an unknown switch with the existing ones", () => {
    const groups = "requests, errors, histograms, app_pools, compliance, logs, performance_counters, probe, internals";
    expect(faultsOf("metrics: { disabled: [logs, histogram] }")).toMatchObject([
      { path: "metrics.disabled[1]", found: "histogram", allowed: `one of ${groups}` },
    ]);
    expect(faultsOf("", { "collectors.enabled": "keys,dns" })).toMatchObject([
      {
        path: "--collectors.enabled",
        found: "keys,dns",
        allowed: "a list of keys, snapshot, events, workers, counters",
      },
    ]);
  });

  test("reports all faults at once, in the order of the file", () => {
    const faults = faultsOf(`
lop: {}
loop: { threshold: 1, minSpan: 15, gap: 2 minutes, idle: 10m }
follow:
  lookback: 90d
  poll: [1s]
web:
  listenAddress: [":10401", nowhere]
  telemetryPath: metrics
  configFile: 7
log: { level: loud }
events: { oauth: { 2106: new_things, x: fail_to_authenticate_token } }
reasons:
  - { pattern: "(", category: bad }
  - { category: invalid_token, colour: red }
keys: { proxy: "ftp://user:secret@proxy" }
`);
    expect(faults.map(({ path, found, line }) => [line, path, found])).toEqual([
      [2, "lop", "a key that does not exist"],
      [3, "loop.threshold", "1"],
      [3, "loop.minSpan", "15"],
      [3, "loop.gap", "2 minutes"],
      [5, "follow.lookback", "90d"],
      [6, "follow.poll", "a list"],
      [8, "web.listenAddress[1]", "nowhere"],
      [9, "web.telemetryPath", "metrics"],
      [10, "web.configFile", "7"],
      [11, "log.level", "loud"],
      [12, "events.oauth.2106", "new_things"],
      [12, "events.oauth.x", "fail_to_authenticate_token"],
      [14, "reasons[0].pattern", "("],
      [14, "reasons[0].category", "bad"],
      [15, "reasons[1].pattern", "missing"],
      [15, "reasons[1].colour", "a key that does not exist"],
      [16, "keys.proxy", "ftp://…@proxy"],
    ]);
    for (const fault of faults) expect(fault.allowed).not.toMatch(/^invalid|expected|undefined|^$/i);
  });

  test.each([
    ["loop: { treshold: 5 }", "loop.threshold (the nearest)"],
    ["looop: {}", "loop (the nearest)"],
    ["web: { listenaddress: ':1' }", "web.listenAddress (the nearest)"],
    ["loop: { entirelyDifferent: 5 }", "one of the keys threshold, minSpan, gap, idle, unanswered, unansweredSpan"],
  ])("reports an unknown key with the allowed ones: %s", (text, allowed) => {
    expect(faultsOf(text)).toEqual([expect.objectContaining({ allowed })]);
  });

  test.each([
    ["a list", "[1]", "a list"],
    ["a text", "hello", "hello"],
    ["a section that is a text", "loop: 5", "5"],
    ["a section that is a list", "loop: [1]", "a list"],
  ])("expects a map of keys, not %s", (_name, text, found) => {
    expect(faultsOf(text)).toEqual([expect.objectContaining({ found, allowed: "a map of keys" })]);
  });

  test.each([
    ["a bracket too few", "a: [", 1],
    ["a key twice", "loop: {}\nloop: {}", 2],
    ["a tab as indentation", "loop:\n\tthreshold: 5", 2],
  ])("reports the position of invalid YAML: %s", (_name, text, line) => {
    expect(faultsOf(text)[0]).toMatchObject({ path: "", allowed: "YAML", line });
  });

  test("refuses a text that expands without bound (YAML aliases)", () => {
    const bomb = `a: &a [${"x,".repeat(50)}]\n${"bcdefghij"
      .split("")
      .map((name, index) => `${name}: &${name} [${`*${"abcdefghi"[index]},`.repeat(50)}]`)
      .join("\n")}`;
    expect(faultsOf(bomb).length).toBeGreaterThan(0);
  });

  test("requires the end of a loop at or after its gap", () => {
    expect(faultsOf("loop: { gap: 20m, idle: 10m }")).toEqual([
      expect.objectContaining({ path: "loop.idle", found: "10m", allowed: "a duration not below loop.gap (20m)" }),
    ]);
  });

  test("never throws, and returns either a configuration or faults", () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie("any"), { maxLength: 3 }),
        fc.dictionary(
          fc.oneof(
            fc.string(),
            fc.constantFrom("loop", "web", "log", "threshold", "listenAddress", "__proto__", "constructor"),
          ),
          tie("any"),
          { maxKeys: 4 },
        ),
      ),
    })).any;
    fc.assert(
      fc.property(value, (given) => {
        const loaded = loadConfig(JSON.stringify(given));
        return loaded.ok || loaded.faults.length > 0;
      }),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        const loaded = loadConfig(text);
        return loaded.ok || loaded.faults.every((fault) => formatFault(fault).length > 0);
      }),
      { numRuns: 200 },
    );
  });
});

describe("flags", () => {
  test("take precedence over the file", () => {
    const config = configOf("farm: /a\nweb: { telemetryPath: /m, maxRequests: 5 }", {
      farm: "/b",
      "web.listen-address": ["127.0.0.1:1", "[::1]:2"],
      "web.max-requests": "7",
      "log.level": "debug",
      "log.format": undefined,
    });
    expect(config).toMatchObject({
      farm: "/b",
      web: { listenAddress: ["127.0.0.1:1", "[::1]:2"], telemetryPath: "/m", maxRequests: 7 },
      log: { level: "debug", format: "json" },
    });
  });

  test("are named in their faults", () => {
    expect(
      faultsOf("", { "web.listen-address": ["10401"], "log.level": "loud", "web.max-requests": "many" }).map(
        ({ path, found, line }) => [path, found, line],
      ),
    ).toEqual([
      ["--web.listen-address", "10401", null],
      ["--web.max-requests", "many", null],
      ["--log.level", "loud", null],
    ]);
  });

  test("do not hide the faults of the file", () => {
    expect(faultsOf("web: 5", { "web.telemetry-path": "/x" })).toEqual([
      expect.objectContaining({ path: "web", found: "5" }),
    ]);
  });
});

test("readConfigFile() names a file that cannot be read, and does not require one", async () => {
  await expect(readConfigFile("/nowhere/hma.yml")).rejects.toThrow(
    /^Cannot read the configuration "\/nowhere\/hma\.yml": .*ENOENT/,
  );
  expect(await readConfigFile(null)).toEqual({ ok: true, config: DEFAULT_CONFIG });
});

test("formatFault() is one readable line", () => {
  expect(
    formatFault({
      path: "loop.threshold",
      found: "zero",
      allowed: "a whole number from 2 to 1000",
      line: 3,
      column: 14,
    }),
  ).toBe("line 3, column 14: loop.threshold: found zero, allowed is a whole number from 2 to 1000");
  expect(formatFault({ path: "", found: "a list", allowed: "a map of keys", line: null, column: null })).toBe(
    "the file: found a list, allowed is a map of keys",
  );
});

describe("the published pages (write them again with UPDATE_DOCS=1)", () => {
  test("docs/config.schema.json", () => {
    expect(writtenPage("docs/config.schema.json", publishedJsonSchema())).toBe(publishedJsonSchema());
  });

  test("src/config/default-config.ts and src/config/written/key-facts.ts", () => {
    for (const [file, wanted] of [
      ["src/config/default-config.ts", defaultConfigModule()],
      ["src/config/written/key-facts.ts", keyFactsModule()],
    ] as const)
      expect(writtenPage(file, wanted)).toBe(wanted);
  });

  test("docs/configuration.md", () => {
    expect(writtenPage("docs/configuration.md", configurationPage())).toBe(configurationPage());
  });

  test("documents every key", () => {
    const bare: string[] = [];
    const walk = (schema: unknown, path: string): void => {
      const { properties } = schema as { properties?: Record<string, { description?: string }> };
      for (const [key, value] of Object.entries(properties ?? {})) {
        if ((value.description ?? "") === "") bare.push(`${path}${key}`);
        walk(value, `${path}${key}.`);
      }
    };
    walk(configJsonSchema(), "");
    expect(bare).toEqual([]);
  });
});
