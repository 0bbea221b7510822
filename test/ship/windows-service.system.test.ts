import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { XMLParser } from "fast-xml-parser";
import { formatFault } from "../../src/config/config-fault.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { runCollection } from "../../src/exchange/powershell/run-collection.ts";
import { findEngine } from "../exchange/powershell/engine.ts";

// A busy machine needs a quarter of a minute to start PowerShell.
jest.setTimeout(240_000);
const SCRIPTS = fileURLToPath(new URL("../../src/daemon/windows/", import.meta.url));
const STUBS = fileURLToPath(new URL("./with-windows-stubs.ps1", import.meta.url));
const INSPECT = fileURLToPath(new URL("../exchange/powershell/inspect-script.ps1", import.meta.url));
const NAMES = ["install.ps1", "uninstall.ps1"] as const;
const ACCOUNT = "NT SERVICE\\hma-exporter";

/** A run of an installation script in `root`; default: the folder of the test. */
interface Run {
  readonly name: (typeof NAMES)[number];
  readonly parameters?: Record<string, unknown>;
  readonly root?: string;
}

interface Answer {
  readonly said: string;
  readonly failed: string;
  /** Its calls of Windows commands; `~` is the folder. */
  readonly calls: string[];
  /** Names in the folder and in the program's folder afterwards. */
  readonly folder: string[];
  readonly program: string[];
}

const engine = await findEngine();
// The stubs replace Windows; on Windows itself, the scripts would really install.
const describeStubbed = engine === null || process.platform === "win32" ? describe.skip : describe;

describe("the service's files", () => {
  test.each(NAMES)("%s is ASCII, because Windows PowerShell reads scripts in the machine's code page", async (name) => {
    expect(/[^\n\t -~]/.exec(await readFile(join(SCRIPTS, name), "latin1"))).toBeNull();
  });

  test("the configuration of WinSW is well-formed, and contains the stop method and the log folder", async () => {
    const { service } = new XMLParser().parse(await readFile(join(SCRIPTS, "hma-exporter-service.xml"), "utf8")) as {
      service: Record<string, unknown>;
    };
    expect(service).toMatchObject({
      id: "hma-exporter",
      executable: "%BASE%\\hma-exporter.exe",
      arguments: 'serve --config.file "@CONFIG@"',
      stoptimeout: "30 sec",
      startmode: "Automatic",
    });
  });
});

(engine === null ? describe.skip : describe)("the installation scripts", () => {
  test("use only Windows PowerShell 5.1, and document every parameter", async () => {
    const paths = NAMES.map((name) => join(SCRIPTS, name));
    const { value } = await runCollection({
      script: INSPECT,
      executable: engine?.executable,
      timeoutMs: 120_000,
      parameters: { Paths: paths },
    });
    for (const [index, inspection] of (
      value as { problems: string[]; lacking: string[]; undocumented: string[]; hasDescription: boolean }[]
    ).entries()) {
      expect([
        NAMES[index],
        inspection.problems,
        inspection.lacking,
        inspection.undocumented,
        inspection.hasDescription,
      ]).toEqual([NAMES[index], [], [], [], true]);
    }
  }, 120_000);
});

describeStubbed("installing, upgrading and removing, with stand-ins for Windows", () => {
  let folder = "";
  beforeAll(() => {
    process.env["PSModulePath"] ??= "";
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function unpack(program = "the program", root = folder): Promise<void> {
    const unpacked = join(root, "unpacked");
    await mkdir(join(unpacked, "scripts"), { recursive: true });
    await cp(SCRIPTS, unpacked, { recursive: true });
    await writeFile(
      join(unpacked, "hma-exporter.exe"),
      `#!/bin/sh\n# ${program}\necho "$@" >> "$HMA_TEST/calls"\ngrep -q badkey "$2" && exit 2\nexit 0\n`,
      { mode: 0o755 },
    );
    await writeFile(join(unpacked, "scripts", "collect-snapshot.ps1"), `# ${program}`);
    await writeFile(
      join(root, "WinSW-x64.exe"),
      '#!/bin/sh\necho "WinSW $1" >> "$HMA_TEST/calls"\nprintf Stopped > "$HMA_TEST/service"\n',
      { mode: 0o755 },
    );
    await mkdir(join(root, "logs"), { recursive: true });
  }

  async function newFolder(): Promise<string> {
    const root = await mkdtemp(join(tmpdir(), "hma-service-"));
    await unpack("the program", root);
    return root;
  }

  async function begin(): Promise<void> {
    folder = await newFolder();
  }

  /** Runs scripts one after the other in one PowerShell session. */
  async function callAll(runs: readonly Run[]): Promise<Answer[]> {
    const { value } = await runCollection({
      script: STUBS,
      executable: engine?.executable,
      timeoutMs: 240_000,
      parameters: { Runs: runs.map(runOf) },
    });
    return (value as (Omit<Answer, "calls"> & { calls: string })[]).map((answer, at) => ({
      ...answer,
      calls: answer.calls
        .replaceAll(runs[at]?.root ?? folder, "~")
        .trim()
        .split("\n")
        .filter((line) => line !== ""),
    }));
  }

  function runOf({ name, parameters = {}, root = folder }: Run): Record<string, unknown> {
    const common = {
      ProgramFolder: join(root, "program"),
      DataFolder: join(root, "data"),
      LogFolder: [join(root, "logs")],
    };
    return {
      Script: name === "install.ps1" ? join(root, "unpacked", name) : join(SCRIPTS, name),
      Folder: root,
      Parameters: { ...common, ...(name === "install.ps1" ? { WatchSeconds: 1 } : {}), ...parameters },
    };
  }

  async function call(name: Run["name"], parameters: Record<string, unknown> = {}): Promise<Answer> {
    const [answer] = await callAll([{ name, parameters }]);
    if (answer === undefined) throw new Error(`${name} gave no answer`);
    return answer;
  }

  /** WinSW's program and its required hash. */
  const winsw = (root = folder): { WinSW: string; WinSWSha256: string } => {
    const path = join(root, "WinSW-x64.exe");
    return { WinSW: path, WinSWSha256: createHash("sha256").update(readFileSync(path)).digest("hex") };
  };

  /** An installation with all required parameters. */
  const installation = (more = {}, root = folder): Run => ({
    name: "install.ps1",
    root,
    parameters: { ...winsw(root), PrometheusAddress: ["10.0.0.5", "10.1.0.0/24"], ...more },
  });

  const installed = async (more = {}): Promise<Answer> => {
    const { name, parameters } = installation(more);
    return call(name, parameters);
  };

  test("an installation does exactly the documented steps", async () => {
    await begin();
    const { said, failed, calls } = await installed();
    expect(failed).toBe("");
    expect(said).toContain("is installed in");
    expect(calls).toEqual([
      "icacls.exe ~/program /setowner *S-1-5-32-544 /Q",
      "icacls.exe ~/program /inheritance:r /grant:r *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F *S-1-5-32-545:(OI)(CI)RX /Q",
      "icacls.exe ~/program /setowner *S-1-5-32-544 /T /L /Q",
      "icacls.exe ~/data /setowner *S-1-5-32-544 /Q",
      "icacls.exe ~/data /inheritance:r /grant:r *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F /Q",
      "icacls.exe ~/data/hma-exporter.yml /setowner *S-1-5-32-544 /Q",
      "WinSW install",
      `sc.exe config hma-exporter obj= ${ACCOUNT} start= delayed-auto`,
      "sc.exe sidtype hma-exporter unrestricted",
      "sc.exe failure hma-exporter reset= 86400 actions= restart/10000/restart/60000/restart/300000",
      "sc.exe failureflag hma-exporter 1",
      "New-EventLog Application hma-exporter",
      `icacls.exe ~/data /grant:r ${ACCOUNT}:(OI)(CI)RX /Q`,
      `icacls.exe ~/data/state /grant:r ${ACCOUNT}:(OI)(CI)M /Q`,
      `icacls.exe ~/data/log /grant:r ${ACCOUNT}:(OI)(CI)M /Q`,
      `icacls.exe ~/logs /grant ${ACCOUNT}:(OI)(CI)RX /Q`,
      `Add-LocalGroupMember S-1-5-32-573 ${ACCOUNT}`,
      `Add-LocalGroupMember S-1-5-32-558 ${ACCOUNT}`,
      "Remove-NetFirewallRule hma-exporter",
      "New-NetFirewallRule hma-exporter Inbound Allow TCP 10401 from 10.0.0.5 10.1.0.0/24",
      "Start-Service hma-exporter",
    ]);
    expect((await readdir(join(folder, "program"))).sort()).toEqual([
      "hma-exporter-service.exe",
      "hma-exporter-service.xml",
      "hma-exporter.exe",
      "install.ps1",
      "scripts",
      "uninstall.ps1",
    ]);
    const xml = await readFile(join(folder, "program", "hma-exporter-service.xml"), "utf8");
    expect(xml).toContain(`serve --config.file "${join(folder, "data", "hma-exporter.yml")}"`);
    expect(xml).not.toContain("@");
  });

  test("the exporter accepts the written configuration, on exactly the opened port", async () => {
    await begin();
    await installed({ TextfileFolder: "C:\\Program Files\\windows_exporter\\it's here" });
    const loaded = loadConfig(await readFile(join(folder, "data", "hma-exporter.yml"), "utf8"), {});
    if (!loaded.ok) throw new Error(loaded.faults.map(formatFault).join("\n"));
    expect(loaded.config).toMatchObject({
      state: join(folder, "data", "state"),
      web: { listenAddress: [":10401"] },
      textfile: { folder: "C:\\Program Files\\windows_exporter\\it's here" },
    });
    await rm(join(folder, "data"), { recursive: true });
    const { calls } = await call("install.ps1", winsw());
    expect(await readFile(join(folder, "data", "hma-exporter.yml"), "utf8")).toContain(
      "listenAddress: '127.0.0.1:10401'",
    );
    expect(calls.filter((line) => line.includes("Firewall"))).toEqual([]);
  });

  test("an upgrade keeps configuration, state and logs, and the previous program", async () => {
    await begin();
    await installed();
    const config = join(folder, "data", "hma-exporter.yml");
    await writeFile(config, `${await readFile(config, "utf8")}# ours\n`);
    await writeFile(join(folder, "data", "state", "state.json"), "counters");
    await unpack("the next program");
    const { failed, calls } = await call("install.ps1");
    expect(failed).toBe("");
    expect(calls.slice(0, 2)).toEqual(["check-config ~/data/hma-exporter.yml", "Stop-Service hma-exporter"]);
    expect(calls.at(-1)).toBe("Start-Service hma-exporter");
    expect(calls).not.toContain("WinSW install");
    expect(await readFile(config, "utf8")).toContain("# ours");
    expect(await readFile(join(folder, "data", "state", "state.json"), "utf8")).toBe("counters");
    expect(await readFile(join(folder, "program", "hma-exporter.exe"), "utf8")).toContain("the next program");
    expect(await readFile(join(folder, "program", "previous", "hma-exporter.exe"), "utf8")).toContain("the program");
    expect(await readFile(join(folder, "program", "previous", "scripts", "collect-snapshot.ps1"), "utf8")).toBe(
      "# the program",
    );
  });

  test("a program that refuses the configuration is not installed", async () => {
    await begin();
    await installed();
    await writeFile(join(folder, "data", "hma-exporter.yml"), "badkey: 1\n");
    await unpack("the next program");
    const { failed, calls } = await call("install.ps1");
    expect(failed).toMatch(/exit code 2/);
    expect(calls).toEqual(["check-config ~/data/hma-exporter.yml"]);
    expect(await readFile(join(folder, "program", "hma-exporter.exe"), "utf8")).not.toContain("the next program");
  });

  test("a program that exits is replaced by the previous one", async () => {
    await begin();
    await installed();
    await unpack("the faulty program");
    await writeFile(join(folder, "unpacked", "scripts", "new.ps1"), "# the faulty program");
    await writeFile(join(folder, "unpacked", "hma-exporter-service.xml"), "<service>gone wrong @CONFIG@</service>");
    const { failed } = await call("install.ps1");
    expect(failed).toMatch(/the one before is back in place/);
    const scripts = join(folder, "program", "scripts");
    expect((await readdir(scripts)).sort()).toEqual(["collect-snapshot.ps1"]);
    expect(await readFile(join(scripts, "collect-snapshot.ps1"), "utf8")).toBe("# the program");
    expect(await readFile(join(folder, "program", "hma-exporter-service.xml"), "utf8")).not.toContain("gone wrong");
    expect(await readFile(join(folder, "program", "hma-exporter.exe"), "utf8")).not.toContain("faulty");
    expect(await readFile(join(folder, "service"), "utf8")).toBe("Running");
  });

  test("LocalSystem gets no rights, because it has them all", async () => {
    await begin();
    const { calls } = await installed({ Account: "LocalSystem" });
    expect(
      calls.filter((line) => line.startsWith("Add-LocalGroupMember") || line.startsWith("icacls.exe ~/logs")),
    ).toEqual([]);
  });

  test("nothing is changed with -WhatIf, without WinSW, with a WinSW of another hash, or from the program's own folder", async () => {
    await begin();
    const { WinSW, WinSWSha256 } = winsw();
    const answers = await callAll([
      installation({ WhatIf: true }),
      { name: "install.ps1" },
      installation({ WinSWSha256: "00" }),
      { name: "install.ps1", parameters: { WinSW } },
      installation({ ProgramFolder: join(folder, "unpacked") }),
    ]);
    const [whatIf, none, other, unsure, own] = answers;
    expect(whatIf?.calls).toEqual([]);
    expect(none?.failed).toMatch(/-WinSW has to name/);
    expect(other?.failed).toMatch(/another SHA-256/);
    expect(unsure?.failed).toContain("-WinSWSha256 has to name the SHA-256");
    expect(unsure?.failed.toLowerCase()).toContain(WinSWSha256);
    expect(own?.failed).toMatch(/from the unpacked folder/);
    for (const answer of answers) expect(answer.folder).toEqual(expect.not.arrayContaining(["program", "data"]));
  });

  const STRANGER = "S-1-5-21-1-2-3-1001";
  const OWN = "O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";
  const ACLS = [
    [
      "data",
      `O:${STRANGER}G:SYD:PAI(A;OICI;FA;;;BA)`,
      /\/data was made or can be changed by S-1-5-21-1-2-3-1001 \(owner\)/,
    ],
    // The default rights of a folder created in ProgramData: users may add files.
    [
      "data",
      "O:BAG:SYD:AI(A;OICIID;FA;;;SY)(A;OICIIOID;GA;;;CO)(A;OICIID;0x1200a9;;;BU)(A;CIID;DCLCRPCR;;;BU)",
      /by BU;/,
    ],
    ["data", `${OWN}(A;OICIIO;GA;;;AU)`, /by AU;/],
    ["data", "O:BAG:SYD:NO_ACCESS_CONTROL", /by everybody/],
    ["data/hma-exporter.yml", `${OWN}(A;;FW;;;${STRANGER})`, /hma-exporter.yml was made or can be changed by S-1-5-21/],
    ["program", `${OWN}(A;;0x1301bf;;;AU)`, /\/program was made or can be changed by AU/],
    [
      "program/hma-exporter-service.exe",
      `${OWN}(A;;FA;;;BU)`,
      /hma-exporter-service.exe was made or can be changed by BU/,
    ],
    ["", `${OWN}(A;OICI;0x1301ff;;;AU)`, /can be changed by AU, so .* in it could be exchanged/],
  ] as const;
  const LINKS = ["data", "program", "data/state", "data/hma-exporter.yml"] as const;

  describe("with leftovers of other software", () => {
    const roots: string[] = [];
    /** For each case, an installation without and one with -TakeOver. */
    let answers: Answer[] = [];
    beforeAll(async () => {
      for (const [path, sddl] of ACLS) roots.push(await folderOfOthers(path, sddl));
      for (const path of LINKS) roots.push(await folderWithLink(path));
      answers = await callAll(
        roots.flatMap((root) => [installation({}, root), installation({ TakeOver: true }, root)]),
      );
    });
    afterAll(async () => {
      for (const root of roots) await rm(root, { recursive: true, force: true });
    });

    async function folderOfOthers(path: string, sddl: string): Promise<string> {
      const root = await newFolder();
      await mkdir(join(root, "data"), { recursive: true });
      await mkdir(join(root, "program"), { recursive: true });
      await writeFile(join(root, "data", "hma-exporter.yml"), "collect: { powershell: /tmp/evil }\n");
      await writeFile(join(root, "program", "hma-exporter-service.exe"), "evil");
      await writeFile(join(root, "acls.json"), JSON.stringify({ [join(root, path).replace(/\/$/, "")]: sddl }));
      return root;
    }

    async function folderWithLink(path: string): Promise<string> {
      const root = await newFolder();
      await mkdir(join(root, "elsewhere"));
      await mkdir(dirname(join(root, path)), { recursive: true });
      await symlink(join(root, "elsewhere"), join(root, path));
      return root;
    }

    test.each(ACLS.map(([path, sddl, why], at) => ({ path, sddl, why, at })))(
      "an existing folder or file that others than administrators can write is refused, or taken over: $path, $sddl",
      ({ path, why, at }) => {
        const [refused, taken] = answers.slice(2 * at);
        expect([refused?.failed, refused?.calls]).toEqual([expect.stringMatching(why), []]);
        expect(refused?.program).toEqual(["hma-exporter-service.exe"]);
        // The parent folder cannot be taken over by the script.
        if (path === "") return expect(taken?.failed).toMatch(why);
        expect(taken?.failed).toBe("");
        expect(taken?.calls.filter((line) => line.includes("/T /C /L"))).toEqual([
          "icacls.exe ~/program /setowner *S-1-5-32-544 /T /C /L /Q",
          "icacls.exe ~/program /reset /T /C /L /Q",
          "icacls.exe ~/data /setowner *S-1-5-32-544 /T /C /L /Q",
          "icacls.exe ~/data /reset /T /C /L /Q",
        ]);
      },
    );

    test.each(LINKS.map((path, at) => [path, ACLS.length + at] as const))(
      "a link instead of %s is never followed",
      async (path, at) => {
        const both = answers.slice(2 * at, 2 * at + 2);
        expect(both).toHaveLength(2);
        for (const { failed, calls } of both)
          expect([failed, calls]).toEqual([expect.stringContaining(`${path} is a link to somewhere else`), []]);
        expect(await readdir(join(roots[at] ?? "", "elsewhere"))).toEqual([]);
      },
    );
  });

  test("the default rights of Windows on its own folders cause no fault", async () => {
    await begin();
    await installed();
    const acls = {
      [folder]:
        "O:S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464G:SYD:PAI(A;;LC;;;AU)(A;OICIIO;SDGXGWGR;;;AU)(A;OICIIO;GA;;;CO)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;CI;DCLCRPCR;;;BU)(A;OICI;0x1200a9;;;BU)",
      [join(folder, "data")]: `${OWN}(A;OICI;0x1200a9;;;S-1-5-80-1-2-3-4-5)(D;OICI;FA;;;BU)`,
    };
    await writeFile(join(folder, "acls.json"), JSON.stringify(acls));
    await unpack("the next program");
    expect((await call("install.ps1")).failed).toBe("");
  });

  test("a removal deletes everything except the data, and the data on request", async () => {
    await begin();
    await installed();
    const { said, failed, calls } = await call("uninstall.ps1");
    expect([failed, calls]).toEqual([
      "",
      [
        "Stop-Service hma-exporter",
        "sc.exe delete hma-exporter",
        "Remove-NetFirewallRule hma-exporter",
        "Remove-EventLog hma-exporter",
        `Remove-LocalGroupMember S-1-5-32-573 ${ACCOUNT}`,
        `Remove-LocalGroupMember S-1-5-32-558 ${ACCOUNT}`,
        `icacls.exe ~/logs /remove:g ${ACCOUNT} /Q`,
      ],
    ]);
    expect(said).toContain("still in");
    expect(await readdir(folder)).toEqual(expect.arrayContaining(["data"]));
    expect(await readdir(folder)).not.toContain("program");
    await call("uninstall.ps1", { RemoveData: true });
    expect(await readdir(folder)).not.toContain("data");
  });
});
