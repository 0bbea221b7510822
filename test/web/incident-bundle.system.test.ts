import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { unzipSync } from "fflate";
import { incidentBundle } from "../../src/web/incident-bundle.ts";
import { scrub } from "../../src/logging/scrub.ts";
import type { LoopFinding } from "../../src/model/finding.ts";
import { fakeQueries, FINDINGS, OPEN_INCIDENT, ROWS, STATUS, withApp } from "./web-fixture.ts";

const FOLDER = `hma-${OPEN_INCIDENT.id}`;
const NAMES = [
  "README.txt",
  "incident.json",
  "loops.json",
  "recycles.json",
  "key-changes.json",
  "checks.json",
  "metrics.prom",
  "versions.json",
];
const CENTRAL = { mode: "central" } as const;

function textsOf(bundle: Buffer): Record<string, string> {
  return Object.fromEntries(
    Object.entries(unzipSync(bundle)).map(([name, bytes]) => [
      name.slice(FOLDER.length + 1),
      Buffer.from(bytes).toString("utf8"),
    ]),
  );
}

describe("incidentBundle()", () => {
  test("can be opened with unzip, and contains all data of the incident", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hma-bundle-"));
    try {
      await withApp(fakeQueries(), async ({ url }) => {
        const answer = await fetch(`${url}/incidents/${OPEN_INCIDENT.id}/bundle.zip`);
        expect(answer.status).toBe(200);
        expect(answer.headers.get("content-type")).toBe("application/zip");
        expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="${FOLDER}.zip"`);
        writeFileSync(join(folder, "bundle.zip"), Buffer.from(await answer.arrayBuffer()));
        expect((await fetch(`${url}/incidents/none/bundle.zip`)).status).toBe(404);
        expect((await fetch(`${url}/incidents/..%2f..%2fetc%2fpasswd/bundle.zip`)).status).toBe(404);
      });
      execFileSync("unzip", ["-q", "bundle.zip"], { cwd: folder });
      const read = (name: string): string => readFileSync(join(folder, FOLDER, name), "utf8");
      expect(
        execFileSync("ls", ["-U", join(folder, FOLDER)], { encoding: "utf8" })
          .trim()
          .split("\n")
          .sort(),
      ).toEqual([...NAMES].sort());
      expect(JSON.parse(read("incident.json"))).toEqual({ incident: OPEN_INCIDENT, rows: ROWS });
      expect(JSON.parse(read("loops.json"))).toEqual({
        loops: FINDINGS.loops.filter(({ server }) => server === "EX01"),
        leftOut: 0,
      });
      expect(JSON.parse(read("recycles.json"))).toEqual({ recycles: FINDINGS.recycles, leftOut: 0 });
      expect(JSON.parse(read("checks.json"))).toMatchObject({
        failing: [{ check: "auth_admin_read_session", found: "False", wanted: "True" }],
      });
      expect(JSON.parse(read("versions.json"))).toMatchObject({ exporter: STATUS.version, node: process.version });
      expect(read("metrics.prom")).toContain('hma_bearer_loops_open{app_pool="MSExchangeServicesAppPool"} 41');
      execFileSync("promtool", ["check", "metrics"], { input: read("metrics.prom") });
      const readme = read("README.txt");
      for (const text of [
        "Stale signing keys after a recycle on EX01",
        "Restart-WebAppPool -Name 'MSExchangeServicesAppPool'",
        "EX01/Logging/HttpProxy/Ews/HttpProxy_2026112208-1.LOG  1234567",
        "WAS 5011",
      ])
        expect(readme).toContain(text);
      expect(readme).toMatch(/^(?:[^\n]*\r\n)*$/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("is the same for the same data, in any time zone", async () => {
    const zone = process.env["TZ"];
    const bundles: Buffer[] = [];
    for (const other of ["UTC", "Asia/Kolkata", "America/Los_Angeles"]) {
      process.env["TZ"] = other;
      bundles.push(await incidentBundle(fakeQueries(), OPEN_INCIDENT, CENTRAL));
    }
    if (zone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zone;
    for (const bundle of bundles) expect(bundle.equals(bundles[0] ?? Buffer.alloc(0))).toBe(true);
  });

  test("stays small, and states what it omits", async () => {
    const loop = FINDINGS.loops.find(({ server }) => server === "EX01") as LoopFinding;
    const queries = fakeQueries({
      findings: () => ({
        ...FINDINGS,
        loops: Array.from({ length: 10_000 }, (_, at) => ({ ...loop, client: at.toString(16).padStart(16, "0") })),
      }),
    });
    const bundle = await incidentBundle(queries, OPEN_INCIDENT, CENTRAL);
    expect(bundle.length).toBeLessThan(200_000);
    expect(JSON.parse(textsOf(bundle)["loops.json"] ?? "")).toMatchObject({ leftOut: 9_000 });
  });

  test("removes addresses and accounts from texts of the configuration", async () => {
    const [check] = STATUS.compliance?.results ?? [];
    if (check === undefined) throw new Error("the fixture has no check");
    const results = [
      {
        ...check,
        found: "http://10.1.2.3:8080, erika@contoso.example",
        wanted: "2001:db8::7",
        remedy: "Set-ExchangeServer 10.1.2.3",
      },
    ];
    const incident = {
      ...OPEN_INCIDENT,
      evidence: [
        {
          at: OPEN_INCIDENT.start,
          kind: "check" as const,
          text: "check outbound_path fails: 10.1.2.3",
          source: "snapshot" as const,
        },
      ],
    };
    const texts = textsOf(
      await incidentBundle(
        fakeQueries({ redact: scrub, status: () => ({ ...STATUS, compliance: { at: STATUS.now, results } }) }),
        incident,
        CENTRAL,
      ),
    );
    expect(JSON.parse(texts["checks.json"] ?? "")).toMatchObject({
      failing: [{ found: "http://[address]:8080, [account]", wanted: "[address]" }],
    });
    for (const name of NAMES) expect(texts[name]).not.toMatch(/10\.1\.2\.3|2001:db8|erika/);
  });
});
