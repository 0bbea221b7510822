import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { EVOSTS, goodSnapshot, TENANT } from "../checks/good-snapshot.ts";
import { openCertificateMaker } from "../exchange/keys/certificates.ts";
import { document, openEntra } from "../exchange/keys/entra.ts";
import { federationMetadata } from "../exchange/keys/key-documents.ts";
import { PROGRAM } from "../program.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hma-check-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs `check-exchange`; returns its exit code and both outputs. */
function check(
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, "check-exchange", ...args], { env }, (error, out, err) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, out, err });
    });
  });
}

test("reports which parts of a stored snapshot could not be read", async () => {
  const snapshot = { ...goodSnapshot(), snapshotVersion: 9, clock: "soon" };
  snapshot.authServers[0].Enabled = "perhaps";
  snapshot.errors = [{ part: "iisLogs", text: "Access is denied" }];
  const file = join(folder, "stored.json");
  await writeFile(file, JSON.stringify(snapshot));
  const { out, err } = await check(["--snapshot", file]);
  expect(err).toBe("");
  expect(out).toContain("! iisLogs: Access is denied");
  expect(out).toMatch(/! snapshotVersion: Cannot be sure to understand the snapshot: its version is 9/);
  expect(out).toContain("! authServers[0].Enabled: Cannot read a flag");
});

test("--farm uses the newest snapshot of a farm, and states what it expects if there is none", async () => {
  const farm = join(folder, "farm");
  await mkdir(join(farm, "Snapshots"), { recursive: true });
  const none = await check(["--farm", farm]);
  expect([none.code, none.err]).toEqual([2, expect.stringContaining("expected are *.json files")]);
  for (const [name, at] of [
    ["a.json", "2026-11-22T09:00:00Z"],
    ["b.json", "2026-11-22T08:00:00Z"],
  ] as const)
    await writeFile(join(farm, "Snapshots", name), JSON.stringify({ ...goodSnapshot(), at }));
  await writeFile(join(farm, "Snapshots", "c.json"), "{");
  const { out } = await check(["--farm", farm]);
  expect(out).toContain("2026-11-22 09:00:00 UTC");
  expect(out).toContain('! Cannot read the snapshot "c.json"');
});

test("reports that PowerShell is missing, and exits with 1", async () => {
  const config = join(folder, "missing.yml");
  await writeFile(config, `collect: { powershell: ${join(folder, "no-such-shell")} }\n`);
  const { code, out, err } = await check(["--config.file", config]);
  expect([code, out]).toEqual([1, ""]);
  expect(err).toMatch(/^hma-exporter: Cannot start ".*no-such-shell"/);
});

// The shell is a Node.js script, which does not work on Windows.
const testPosix = process.platform === "win32" ? test.skip : test;

testPosix("compares a collection with the keys that are published now", async () => {
  const maker = openCertificateMaker();
  const entra = await openEntra(maker.server("localhost"));
  try {
    const [first, second] = [maker.selfSigned("key 1"), maker.selfSigned("key 2")];
    const path = `/${TENANT}/federationmetadata/2007-06/federationmetadata.xml`;
    entra.answer(path, document(federationMetadata([first, second]), '"a"'));
    const snapshot = goodSnapshot();
    Object.assign(snapshot.authServers[0], {
      AuthMetadataUrl: `https://localhost:${entra.port}${path}`,
      CertificateStrings: [first.der],
    });
    const ca = join(folder, "ca.pem");
    await writeFile(ca, maker.authority.pem);
    // Answers every collection with the snapshot, in the frame of a shell's reply.
    const shell = join(folder, "shell.mjs");
    await writeFile(
      shell,
      `#!${process.execPath}
import { createInterface } from "node:readline";
const body = Buffer.from(${JSON.stringify(JSON.stringify(snapshot))}, "utf8").toString("base64");
createInterface({ input: process.stdin }).on("line", (line) => {
  const delimiter = /^\\[Console\\]::(Out|Error)\\.Write\\("(\\w+)\`n"\\)$/.exec(line);
  if (delimiter !== null) (delimiter[1] === "Out" ? process.stdout : process.stderr).write(delimiter[2] + "\\n");
  const nonce = /-Nonce '(\\w+)'$/.exec(line)?.[1];
  if (nonce !== undefined) process.stdout.write("\\n#hma-begin:" + nonce + ":ok\\n" + body.match(/.{1,8192}/g).join("\\n") + "\\n#hma-end:" + nonce + ":" + body.length + "\\n");
});
setInterval(() => {}, 1000);
`,
      { mode: 0o755 },
    );
    const config = join(folder, "live.yml");
    const run = (more: string): ReturnType<typeof check> =>
      writeFile(config, `collect: { powershell: ${shell} }\n${more}`).then(() =>
        check(["--config.file", config, "--format", "json"], { ...process.env, NODE_EXTRA_CA_CERTS: ca }),
      );
    const drift = ({ out }: { out: string }): unknown =>
      (JSON.parse(out) as { check: string }[]).find((row) => row.check === "key_drift");
    const live = await run("");
    expect(drift(live)).toMatchObject({
      object: EVOSTS,
      verdict: "fail",
      severity: "critical",
      found: `1 of 2 published keys missing in AD: ${second.thumbprint}`,
    });
    expect(live.code).toBe(1);
    const offline = await run("keys: { enabled: false }\n");
    expect(drift(offline)).toMatchObject({ verdict: "unknown" });
    expect(offline.code).toBe(0);
  } finally {
    await entra.close();
    maker.close();
  }
});
