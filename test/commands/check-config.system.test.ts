import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { PROGRAM } from "../program.ts";

const folder = mkdtempSync(join(tmpdir(), "hma-check-config-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function check(...args: readonly string[]): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, "check-config", ...args], {
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

test("check-config accepts a good configuration, its web configuration, and all documented flags", () => {
  const web = file("web.yml", "basic_auth_users: {}\n");
  const good = file("good.yml", `web: { configFile: ${JSON.stringify(web)} }\n`);
  expect(check(good)).toEqual({ status: 0, stdout: `${good}: no fault found\n${web}: no fault found\n`, stderr: "" });
  const flags = [
    "--farm",
    "/f",
    "--state",
    "/s",
    "--server",
    "EX01",
    "--web.listen-address",
    "127.0.0.1:1",
    "--web.listen-address",
    "[::1]:2",
    "--web.telemetry-path",
    "/m",
    "--web.config.file",
    web,
    "--web.max-requests",
    "7",
    "--textfile",
    "/t",
    "--log.level",
    "warn",
    "--log.format",
    "logfmt",
    "--log.file",
    "/l",
  ];
  expect(check("--config.file", good, ...flags)).toMatchObject({ status: 0 });
});

test("check-config reports faults of the web configuration, and of each value of a repeated flag", () => {
  const web = file("bad-web.yml", "basic_auth_users: { prometheus: plain }\n");
  expect(check("--web.config.file", web)).toEqual({
    status: 2,
    stdout: "",
    stderr: expect.stringMatching(
      /^hma-exporter: Cannot use the web configuration ".*": .*basic_auth_users\.prometheus: found something else, allowed is a bcrypt hash [^\n]*\n$/,
    ),
  });
  expect(check("--web.config.file", join(folder, "nowhere.yml"))).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("Cannot read the web configuration"),
  });
  expect(check("--web.listen-address", ":1", "--web.listen-address", "nowhere")).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("--web.listen-address: found"),
  });
});

test("check-config warns about values that serve would ignore or not find, and still exits with 0", () => {
  const text = { folder: join(folder, "none") };
  const config = file(
    "ignored.yml",
    JSON.stringify({ farm: folder, servers: ["EX77"], server: "EX01", textfile: text }),
  );
  const { status, stdout, stderr } = check(config);
  expect([status, stdout]).toEqual([0, `${config}: no fault found\n`]);
  expect(stderr.trimEnd().split("\n")).toEqual([
    `Warning: textfile.folder: there is no folder "${text.folder}" now`,
    "Warning: textfile.folder: ignored, since a farm has no host whose text file it could be",
    "Warning: server: ignored, since the folders of the farm name the servers",
    'Warning: servers: there is no folder "EX77" in the farm now',
  ]);
});

test("check-config lists the alerts and panels that need a disabled group of metrics or collector", () => {
  const config = file(
    "switches.yml",
    "metrics: { disabled: [histograms, logs] }\ncollectors: { enabled: [keys, events] }\n",
  );
  const { status, stderr } = check(config);
  expect(status).toBe(0);
  const [histograms = "", logs = "", snapshot = "", workers = "", counters = "", ...more] = stderr
    .trimEnd()
    .split("\n");
  expect(more).toEqual([]);
  expect(histograms).toMatch(/^Warning: metrics\.disabled: without histograms, .*hma-capacity \(.*"Loops > 30 min"/);
  expect(histograms).not.toContain("alerts");
  expect(logs).toContain(
    "these alerts cannot fire as they should: HmaLogColumnsMissing, HmaLogRowsAhead, HmaLogUnreadable;",
  );
  expect(snapshot).toMatch(/^Warning: collectors\.enabled: without snapshot, .*HmaExposed/);
  expect(workers).toBe(
    "Warning: collectors.enabled: without workers, the start of a worker process comes from the logs only",
  );
  expect(counters).toContain("HmaPerfCounterDivergence");
  // PowerShell is not used for a farm, and not needed with a folder of snapshots.
  expect(check("--farm", folder, "--collectors.enabled", "keys").stderr).toBe("");
  expect(check("--farm", folder, "--collectors.enabled", "").stderr).toContain("without keys, ");
  const files = file("files.yml", JSON.stringify({ snapshots: folder, collect: { enabled: false } }));
  expect(check(files).stderr).not.toContain("without snapshot");
  expect(check(files).stderr).toContain("Warning: collect.enabled: without events, ");
});

test("check-config --print prints the effective configuration, which is itself valid", () => {
  const printed = check("--print", "--web.external-url", "https://monitoring.example.com/hma/");
  expect(printed.stdout).toContain("externalUrl: https://monitoring.example.com/hma/");
  expect(check(file("printed.yml", printed.stdout)).status).toBe(0);
});

test("check-config reports each fault of a probe: its files, and servers without a known address", () => {
  const probe = (more: object): string =>
    file("probe.yml", JSON.stringify({ farm: "/f", probe: { namespace: "mail.contoso.example", ...more } }));
  const noPem = file("no.pem", "nothing\n");
  const empty = file("empty", "\n");
  const token = { authority: "https://login.microsoftonline.com/t", clientId: "00000000-0000-0000-0000-000000000000" };
  const gone = join(folder, "gone");
  const checked = check(probe({ caFile: noPem, token: { ...token, secretFile: gone } }));
  expect(checked.status).toBe(2);
  expect(checked.stderr).toContain("Cannot use the configuration: 3 faults");
  expect(checked.stderr).toContain(
    "probe.servers: found an empty list, allowed is with a farm, a list of its servers, each a map with name and address",
  );
  expect(checked.stderr).toContain(`probe.caFile: found "${noPem}"`);
  expect(checked.stderr).toContain(`probe.token.secretFile: found "${gone}" (Cannot read "${gone}": ENOENT)`);

  const servers = [{ name: "EX01", address: "10.0.0.5:443" }];
  expect(check(probe({ servers, token: { ...token, secretFile: empty } })).stderr).toContain("the file is empty");
  const pair = { certificateFile: noPem, keyFile: noPem };
  expect(check(probe({ servers, token: { ...token, ...pair } })).stderr).toContain(
    `probe.token: found "${noPem}" and "${noPem}" (Cannot use the certificate in "${noPem}": it is not unencrypted PEM)`,
  );
  expect(check(probe({ servers })).status).toBe(0);
});

test("check-config reports that client_allowed_sans has no effect if no client certificate is requested", () => {
  const tls =
    "tls_server_config: { cert_file: a.pem, key_file: a.key, client_allowed_sans: [prometheus.example.com] }\n";
  const web = file("names-alone.yml", tls);
  const { status, stderr } = check("--web.config.file", web);
  expect(status).toBe(0);
  expect(stderr).toContain("client_allowed_sans: ignored, since client_auth_type asks for no certificate");
});
