import { mkdtempSync, mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { findInstallation, type InstallationWorld } from "../../src/exchange/find-installation.ts";

const NOTHING_GIVEN = { iis: null, httpErr: null, exchange: null } as const;
const SETUP = "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\";
const CONFIG = "D:\\Windows\\System32\\inetsrv\\config\\applicationHost.config";
const SITES = `<configuration><system.applicationHost><sites>
  <site name="Default Web Site" id="1"><logFile logFormat="W3C" directory="E:\\Iis &amp; Co\\Logs" /></site>
  <site name="Exchange Back End" id="2" serverAutoStart="true"><bindings /></site>
  <siteDefaults><logFile directory="%SystemDrive%\\inetpub\\logs\\LogFiles" /></siteDefaults>
</sites></system.applicationHost></configuration>`;

/** A simulated Windows with only the given files; names are case-insensitive. */
function windows(there: {
  files?: Record<string, string>;
  folders?: readonly string[];
  registry?: string;
  environment?: Record<string, string>;
}): InstallationWorld {
  const plain = (path: string): string => path.replaceAll("/", "\\").replaceAll("\\\\", "\\").toLowerCase();
  const folders = (there.folders ?? []).map(plain);
  return {
    platform: "win32",
    environment: { SystemDrive: "C:", SystemRoot: "D:\\Windows", ...there.environment },
    registry: async (key, name) =>
      key === "HKLM\\SOFTWARE\\Microsoft\\ExchangeServer\\v15\\Setup" && name === "MsiInstallPath"
        ? (there.registry ?? null)
        : null,
    text: async (path) => Object.entries(there.files ?? {}).find(([name]) => plain(name) === plain(path))?.[1] ?? null,
    folders: async (path) =>
      (there.folders ?? [])
        .filter(
          (folder) =>
            plain(folder).startsWith(`${plain(path)}\\`) &&
            !plain(folder)
              .slice(plain(path).length + 1)
              .includes("\\"),
        )
        .map((folder) => folder.split("\\").at(-1) ?? ""),
    exists: async (path) => folders.some((folder) => folder === plain(path) || folder.startsWith(`${plain(path)}\\`)),
  };
}

function readable(found: Awaited<ReturnType<typeof findInstallation>>): Record<string, string> {
  return Object.fromEntries(
    found.folders.map(({ path, as }) => [as, path.replaceAll("/", "\\").replaceAll("\\\\", "\\")]),
  );
}

describe("findInstallation()", () => {
  test("finds the sites in the IIS configuration, and Exchange in the registry", async () => {
    const found = await findInstallation(
      NOTHING_GIVEN,
      windows({
        files: { [CONFIG]: SITES },
        registry: SETUP,
        folders: [
          "D:\\Windows\\System32\\LogFiles\\HTTPERR",
          `${SETUP}Logging\\HttpProxy\\EWS`,
          `${SETUP}Logging\\HttpProxy\\RestBeta`,
        ],
      }),
    );
    const folders = readable(found);
    expect(folders).toMatchObject({
      "LogFiles/W3SVC1": "E:\\Iis & Co\\Logs\\W3SVC1",
      "LogFiles/W3SVC2": "C:\\inetpub\\logs\\LogFiles\\W3SVC2",
      "LogFiles/HTTPERR": "D:\\Windows\\System32\\LogFiles\\HTTPERR",
      "Logging/Ews": `${SETUP}Logging\\Ews`,
      "Logging/MapiHttp/Mailbox": `${SETUP}Logging\\MapiHttp\\Mailbox`,
      "Logging/OAuthOutbound": `${SETUP}Logging\\OAuthOutbound`,
      "Logging/HttpProxy/EWS": `${SETUP}Logging\\HttpProxy\\EWS`,
      "Logging/HttpProxy/RestBeta": `${SETUP}Logging\\HttpProxy\\RestBeta`,
      "Logging/HttpProxy/Mapi": `${SETUP}Logging\\HttpProxy\\Mapi`,
    });
    // An existing folder is not listed twice with different case.
    expect(Object.keys(folders)).not.toContain("Logging/HttpProxy/Ews");
    expect(found.because).toBe("");
    expect(found.foundFolders.map(({ what, how }) => `${what}: ${how}`)).toEqual([
      "IIS LogFiles/W3SVC1: IIS configuration",
      "IIS LogFiles/W3SVC2: IIS configuration",
      "HTTP.sys errors: its usual place",
      "Exchange logs: registry",
    ]);
  });

  test("uses the default folders if the IIS configuration cannot be read, and Exchange's variable without the registry", async () => {
    const found = await findInstallation(
      NOTHING_GIVEN,
      windows({
        folders: ["C:\\inetpub\\logs\\LogFiles\\W3SVC1"],
        environment: { ExchangeInstallPath: "F:\\Exchange\\" },
      }),
    );
    expect(readable(found)).toMatchObject({
      "LogFiles/W3SVC1": "C:\\inetpub\\logs\\LogFiles\\W3SVC1",
      "Logging/Ews": "F:\\Exchange\\Logging\\Ews",
    });
    expect(Object.keys(readable(found))).not.toContain("LogFiles/W3SVC2");
    expect(Object.keys(readable(found))).not.toContain("LogFiles/HTTPERR");
  });

  test("uses the configured folders unchanged, including shares", async () => {
    const share = "\\\\EX01\\logs$";
    const found = await findInstallation(
      { iis: `${share}\\LogFiles`, httpErr: `${share}\\HTTPERR`, exchange: "\\\\EX01\\Exchange\\Logging" },
      windows({ folders: [`${share}\\LogFiles\\w3svc1`, `${share}\\LogFiles\\W3SVC2`, `${share}\\LogFiles\\FTPSVC2`] }),
    );
    const folders = Object.fromEntries(found.folders.map(({ path, as }) => [as, path.replaceAll("/", "\\")]));
    expect(folders).toMatchObject({
      "LogFiles/W3SVC1": `${share}\\LogFiles\\w3svc1`,
      "LogFiles/W3SVC2": `${share}\\LogFiles\\W3SVC2`,
      "LogFiles/HTTPERR": `${share}\\HTTPERR`,
      "Logging/Ews": "\\\\EX01\\Exchange\\Logging\\Ews",
    });
    expect(Object.keys(folders).some((name) => name.includes("FTP"))).toBe(false);
  });

  test("treats an IIS folder without site folders as that of the front end", async () => {
    expect(
      (await findInstallation({ ...NOTHING_GIVEN, iis: "D:\\one" }, windows({ folders: ["D:\\one"] }))).folders,
    ).toEqual([{ path: "D:\\one", as: "LogFiles/W3SVC1" }]);
  });

  test("states why it found nothing", async () => {
    expect(await findInstallation(NOTHING_GIVEN, windows({}))).toEqual({
      folders: [],
      foundFolders: [],
      because: "neither IIS nor Exchange was found on this server",
    });
    expect((await findInstallation(NOTHING_GIVEN, { ...windows({}), platform: "linux" })).because).toBe(
      "this is no Windows server",
    );
  });

  test("keeps an unknown variable as written", async () => {
    const sites = SITES.replace("E:\\Iis &amp; Co\\Logs", "%LogDrive%\\Logs");
    const found = await findInstallation(
      NOTHING_GIVEN,
      windows({ files: { [CONFIG]: sites }, environment: { LOGDRIVE: "X:" } }),
    );
    expect(readable(found)["LogFiles/W3SVC1"]).toBe("X:\\Logs\\W3SVC1");
    const unknown = await findInstallation(NOTHING_GIVEN, windows({ files: { [CONFIG]: sites } }));
    expect(readable(unknown)["LogFiles/W3SVC1"]).toBe("%LogDrive%\\Logs\\W3SVC1");
  });
});

describe("findInstallation() on this system", () => {
  let folder = "";
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test("returns only existing folders", async () => {
    folder = mkdtempSync(join(tmpdir(), "hma-installation-"));
    for (const name of ["LogFiles/W3SVC1", "LogFiles/W3SVC7", "Logging/HttpProxy/Ews", "Logging/HttpProxy/Strange"])
      mkdirSync(join(folder, name), { recursive: true });
    const found = await findInstallation({
      iis: join(folder, "LogFiles"),
      httpErr: null,
      exchange: join(folder, "Logging"),
    });
    expect(found.folders.map(({ as }) => as)).toEqual(
      expect.arrayContaining([
        "LogFiles/W3SVC1",
        "LogFiles/W3SVC7",
        "Logging/HttpProxy/Ews",
        "Logging/HttpProxy/Strange",
        "Logging/HttpProxy/Mapi",
      ]),
    );
  });
});
