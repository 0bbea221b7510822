import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { collectSnapshot } from "../../../src/exchange/powershell/collect-snapshot.ts";
import { scriptPath } from "../../../src/exchange/powershell/powershell-settings.ts";
import { runCollection } from "../../../src/exchange/powershell/run-collection.ts";
import { parseSnapshot, type ParsedSnapshot } from "../../../src/model/snapshot/parse-snapshot.ts";
import { findEngine } from "./engine.ts";
import { FIXTURES, hasSamples, IIS_FIXTURE, SAMPLES, setStubs, WITH_STUBS } from "./stubs.ts";

const run = promisify(execFile);
const engine = await findEngine();
const settings = { executable: engine?.executable, timeoutMs: 120_000 };
const describeEngine = engine === null ? describe.skip : describe;
const testSamples = hasSamples ? test : test.skip;
const TENANT = "11111111-2222-3333-4444-555555555555";
/** Names that are in the answers of the stubs. */
const NAMES = /mustermann|erika|systemmailbox|bb558c35|not-to-be-read/i;

/** Collects as with `-Server`, in a session in which the stubs also replace the remoting cmdlets. */
async function collectRemote(server: string, applicationHostConfig: string): Promise<ParsedSnapshot> {
  const Parameters = { Server: server, NoOutbound: true, ApplicationHostConfig: applicationHostConfig };
  const parameters = { Script: scriptPath("collect-snapshot.ps1"), Parameters };
  return parseSnapshot((await runCollection({ script: WITH_STUBS, parameters, ...settings })).value);
}

describeEngine("collect-snapshot.ps1", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "snapshot-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  beforeEach(() => setStubs());

  test("collects all parts with the cmdlets of the session", async () => {
    const { snapshot, faults, json } = await collectSnapshot(settings, {
      withOutbound: false,
      applicationHostConfig: IIS_FIXTURE,
    });
    expect([faults, snapshot.errors]).toEqual([[], []]);
    expect(JSON.stringify(json)).not.toMatch(NAMES);
    expect(snapshot.collectedBy).toBe("collect-snapshot.ps1 1.1.0");
    expect(snapshot.server).toBe(hostname().split(".")[0]?.toUpperCase());
    expect(Math.abs(Date.now() - (snapshot.atMs ?? 0))).toBeLessThan(120_000);
    expect(snapshot.organizationConfig).toEqual({
      Name: "Größe & Söhne",
      DistinguishedName: "CN=Größe & Söhne,CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=contoso,DC=example",
      EnableAuthAdminReadSession: true,
      OAuth2ClientProfileEnabled: true,
      MapiHttpEnabled: true,
      DefaultAuthenticationPolicy: null,
    });
    expect(snapshot.authConfig).toMatchObject({
      CurrentCertificateThumbprint: "0A".repeat(20),
      PreviousCertificateThumbprint: "",
      NextCertificateThumbprint: "0B".repeat(20),
      NextCertificateEffectiveDate: Date.UTC(2026, 11, 1, 8, 30),
      Realm: "",
      WhenChangedUTC: Date.UTC(2026, 10, 1, 10),
    });
    expect(
      snapshot.authServers?.map(
        ({ Name, Type, IsDefaultAuthorizationEndpoint, DomainName, ApplicationIdentifier, CertificateStrings }) => ({
          Name,
          Type,
          IsDefaultAuthorizationEndpoint,
          DomainName,
          ApplicationIdentifier,
          certificates: CertificateStrings?.length,
        }),
      ),
    ).toEqual([
      {
        Name: `EvoSts - ${TENANT}`,
        Type: "AzureAD",
        IsDefaultAuthorizationEndpoint: true,
        DomainName: ["contoso.example", "größe.example"],
        ApplicationIdentifier: "",
        certificates: 2,
      },
      {
        Name: `ACS - ${TENANT}`,
        Type: "MicrosoftACS",
        IsDefaultAuthorizationEndpoint: false,
        DomainName: [],
        ApplicationIdentifier: "",
        certificates: 1,
      },
    ]);
    expect(
      snapshot.exchangeServers?.map(({ Name, Domain, InternetWebProxy }) => [Name, Domain, InternetWebProxy]),
    ).toEqual([
      ["EX01", "contoso.example", ""],
      ["EX02", "child.contoso.example", "http://proxy.contoso.example:8080/"],
    ]);
    expect(snapshot.partnerApplications?.map(({ LinkedAccount }) => LinkedAccount)).toEqual([
      "contoso.example/Users/Exchange Online-ApplicationAccount",
      "(another account)",
    ]);
    expect(snapshot.settingOverrides).toEqual([
      {
        Name: "Third party app",
        ComponentName: "Global",
        SectionName: "ExchangeOnpremAsThirdPartyAppId",
        Parameters: ["Enabled=true"],
        Server: null,
        MinVersion: null,
        MaxVersion: null,
      },
    ]);
    expect(snapshot.hybridConfiguration).toEqual([
      { Name: "Hybrid Configuration", Features: ["FreeBusy", "Mailtips"], Domains: ["contoso.example"] },
    ]);
    expect(
      snapshot.virtualDirectories.mapi?.map(({ Identity, Server, IISAuthenticationMethods }) => ({
        Identity,
        Server,
        IISAuthenticationMethods,
      })),
    ).toEqual([
      {
        Identity: "EX01\\mapi (Default Web Site)",
        Server: "EX01",
        IISAuthenticationMethods: ["Ntlm", "OAuth", "Negotiate"],
      },
      {
        Identity: "EX02\\mapi (Default Web Site)",
        Server: "EX02",
        IISAuthenticationMethods: ["Ntlm", "OAuth", "Negotiate"],
      },
    ]);
    expect(
      snapshot.virtualDirectories.owa?.map(({ OAuthAuthentication, FormsAuthentication }) => [
        OAuthAuthentication,
        FormsAuthentication,
      ]),
    ).toEqual([
      [false, true],
      [false, true],
    ]);
    expect(snapshot.virtualDirectories.autodiscover?.map(({ InternalUrl }) => InternalUrl)).toEqual(["", ""]);
    expect(snapshot.clientAccessServices?.map(({ Name }) => Name)).toEqual(["EX01", "EX02"]);
    expect(snapshot.certificates).toEqual(
      ["EX01", "EX02"].flatMap((Server) => [
        { Server, Thumbprint: "0A".repeat(20), NotAfter: Date.UTC(2029, 4, 1, 10), HasPrivateKey: true },
        { Server, Thumbprint: "0C".repeat(20), NotAfter: Date.UTC(2027, 0, 1), HasPrivateKey: false },
      ]),
    );
    expect(snapshot.componentStates?.filter(({ Server }) => Server === "EX02")).toEqual([
      { Server: "EX02", Component: "ServerWideOffline", State: "Active" },
      { Server: "EX02", Component: "EwsProxy", State: "Inactive" },
    ]);
    expect(snapshot.authAdmin).toEqual({
      LastRunUtc: Date.UTC(2026, 10, 22, 5, 6, 7),
      LastCompletedUtc: Date.UTC(2026, 10, 22, 8, 3),
      LastUpdatedUtc: null,
    });
    expect(snapshot.activeDirectory).toEqual({
      RootDomain: "contoso.example",
      ArbitrationMailboxDomain: "contoso.example",
    });
    expect(snapshot.hybridAgents).toEqual([{ Server: snapshot.server, Installed: false }]);
    expect([snapshot.keys, snapshot.clock, snapshot.outbound]).toEqual([null, null, null]);
  });

  test("collects in a remote session, closes it, and reads the server's IIS configuration", async () => {
    const log = join(folder, "remote.log");
    setStubs({ log });
    const { snapshot } = await collectRemote("ex01.contoso.example", IIS_FIXTURE);
    const calls = (await readFile(log, "utf8")).split("\n");
    expect(calls[0]).toBe("New-PSSession Microsoft.Exchange http://ex01.contoso.example/PowerShell/ Kerberos");
    expect(calls[1]).toBe("Import-PSSession session 20");
    expect(calls.at(-2)).toBe("Remove-PSSession session");
    expect(snapshot.server).toBe("EX01");
    expect(snapshot.appPools).toEqual([
      {
        Server: "EX01",
        Name: "MSExchangeOWAAppPool",
        logEventOnRecycle: "Time, Memory, OnDemand, ConfigChange",
        periodicRestartTime: "14.00:00:00",
        periodicRestartRequests: 1000,
        periodicRestartMemory: 0,
        periodicRestartPrivateMemory: 0,
        periodicRestartSchedule: [],
      },
      {
        Server: "EX01",
        Name: "MSExchangeServicesAppPool",
        logEventOnRecycle: "Time, Memory, PrivateMemory",
        periodicRestartTime: "00:00:00",
        periodicRestartRequests: 1000,
        periodicRestartMemory: 0,
        periodicRestartPrivateMemory: 4000000,
        periodicRestartSchedule: ["03:00:00"],
      },
      {
        Server: "EX01",
        Name: "MSExchangeMapiFrontEndAppPool",
        logEventOnRecycle: "Time, Memory, PrivateMemory",
        periodicRestartTime: "1.05:00:00",
        periodicRestartRequests: 1000,
        periodicRestartMemory: 0,
        periodicRestartPrivateMemory: 0,
        periodicRestartSchedule: [],
      },
    ]);
    expect(snapshot.iisLogs).toEqual([
      {
        Server: "EX01",
        Site: "Default Web Site",
        enabled: true,
        logFormat: "W3C",
        flushByEntryCountW3CLog: 10,
        customFields: ["x-ms-diagnostics"],
        logExtFileFlags: expect.stringContaining("HttpSubStatus"),
      },
      {
        Server: "EX01",
        Site: "Exchange Back End",
        enabled: false,
        logFormat: "W3C",
        flushByEntryCountW3CLog: 0,
        customFields: [],
        logExtFileFlags: "Date, Time",
      },
    ]);
    const flags = (kind: "webServices" | "mapi") =>
      snapshot.virtualDirectories[kind]?.map(({ Server, sslFlags }) => [Server, sslFlags]);
    expect(flags("webServices")).toEqual([
      ["EX01", "None"],
      ["EX02", null],
    ]);
    expect(flags("mapi")).toEqual([
      ["EX01", "Ssl, Ssl128"],
      ["EX02", null],
    ]);
  });

  test("reports each failed part without names of people, and collects the rest", async () => {
    const log = join(folder, "failing.log");
    setStubs({
      log,
      failing: [
        "Get-AuthServer",
        "Get-ExchangeCertificate EX02",
        "Get-ServerComponentState *",
        "Get-WebServicesVirtualDirectory EX01",
        "Get-WebServicesVirtualDirectory EX02",
        "Get-OwaVirtualDirectory *",
        "Get-Mailbox *",
      ],
    });
    const { snapshot } = await collectRemote("ex01.contoso.example", join(folder, "no-such.config"));
    const reason = "System.InvalidOperationException (Stub,Invoke-Stub, 0x80131509)";
    const row = (part: string, text: string, servers: readonly string[] = []) => ({ part, text, servers });
    const missing = "applicationHost.config: System.IO.FileNotFoundException (FileNotFoundException, 0x80070002)";
    // Servers are queried concurrently, so the order of the failed parts is not defined.
    expect(snapshot.errors.map((each) => JSON.stringify(each)).sort()).toEqual(
      [
        row("authServers", reason),
        row("activeDirectory", `arbitration mailbox: ${reason}`),
        row("virtualDirectories", `owa: ${reason}`),
        row("componentStates", `2 servers: ${reason}`, ["EX01", "EX02"]),
        row("virtualDirectories", `2 servers: webServices without the settings of IIS: ${reason}`, ["EX01", "EX02"]),
        row("virtualDirectories", `2 servers: owa without the settings of IIS: ${reason}`, ["EX01", "EX02"]),
        row("certificates", reason, ["EX02"]),
        row("appPools", missing),
        row("iisLogs", missing),
      ]
        .map((each) => JSON.stringify(each))
        .sort(),
    );
    expect([
      snapshot.authServers,
      snapshot.componentStates,
      snapshot.virtualDirectories.owa,
      snapshot.appPools,
    ]).toEqual([null, null, null, null]);
    expect(snapshot.certificates?.map(({ Server }) => Server)).toEqual(["EX01", "EX01"]);
    expect(snapshot.activeDirectory).toEqual({ RootDomain: "contoso.example", ArbitrationMailboxDomain: null });
    // Data from Active Directory only: values that Exchange reads from IIS are unknown, not false.
    expect(
      snapshot.virtualDirectories.webServices?.map(({ InternalAuthenticationMethods, OAuthAuthentication }) => [
        InternalAuthenticationMethods,
        OAuthAuthentication,
      ]),
    ).toEqual([
      [["Ntlm", "OAuth"], null],
      [["Ntlm", "OAuth"], null],
    ]);
    expect(await readFile(log, "utf8")).toMatch(/Remove-PSSession session\n$/);
  });

  test("reports all parts of Exchange if there is no connection, and collects the parts that need none", async () => {
    setStubs({ failing: ["Import-PSSession session 20"] });
    const { snapshot } = await collectRemote("ex01.contoso.example", IIS_FIXTURE);
    expect(snapshot.errors.map(({ part }) => part)).toEqual([
      "organizationConfig",
      "authConfig",
      "authServers",
      "exchangeServers",
      "authenticationPolicies",
      "partnerApplications",
      "settingOverrides",
      "hybridConfiguration",
      "clientAccessServices",
      "activeDirectory",
      "virtualDirectories",
      "certificates",
      "componentStates",
      "authAdmin",
    ]);
    expect(snapshot.errors[0]?.text).toBe(
      "No connection to Exchange: System.InvalidOperationException (Stub,Invoke-Stub, 0x80131509)",
    );
    expect(snapshot.appPools).toHaveLength(3);
  });

  test("states what to do if there are neither Exchange cmdlets nor snap-ins", async () => {
    delete process.env["PSModulePath"];
    const { snapshot } = await collectSnapshot(settings, { withOutbound: false });
    expect(snapshot.errors[0]?.text).toMatch(
      /^No connection to Exchange: this PowerShell has no snap-ins, use Windows PowerShell or the parameter Server$/,
    );
  });

  test("runs standalone and writes the complete file", async () => {
    const file = join(folder, "snapshot-größe.json");
    const words = [
      "-NoProfile",
      "-File",
      scriptPath("collect-snapshot.ps1"),
      "-NoOutbound",
      "-ApplicationHostConfig",
      IIS_FIXTURE,
    ];
    for (let time = 0; time < 2; time++)
      await run(engine?.executable ?? "", [...words, "-OutFile", file], { env: process.env });
    const fromFile = parseSnapshot(JSON.parse(await readFile(file, "utf8")));
    expect([fromFile.faults, fromFile.snapshot.errors, fromFile.snapshot.organizationConfig?.Name]).toEqual([
      [],
      [],
      "Größe & Söhne",
    ]);
    expect((await readdir(folder)).filter((name) => name.startsWith("snapshot-"))).toEqual(["snapshot-größe.json"]);
    const { stdout } = await run(engine?.executable ?? "", words, { env: process.env });
    expect(parseSnapshot(JSON.parse(stdout)).snapshot.authServers).toEqual(fromFile.snapshot.authServers);
  }, 300_000);

  test("on an Exchange server, queries only its own server, and Active Directory for the others", async () => {
    const log = join(folder, "own.log");
    setStubs({ log });
    const parameters = {
      Server: "ex01.contoso.example",
      NoOutbound: true,
      OwnServer: true,
      ApplicationHostConfig: IIS_FIXTURE,
    };
    const reply = await runCollection({
      script: WITH_STUBS,
      parameters: { Script: scriptPath("collect-snapshot.ps1"), Parameters: parameters },
      ...settings,
    });
    const { snapshot } = parseSnapshot(reply.value);
    expect([snapshot.scope, snapshot.errors]).toEqual(["server", []]);
    const calls = (await readFile(log, "utf8")).split("\n");
    expect(calls.filter((call) => / EX02$/.test(call))).toEqual([]);
    expect(calls.filter((call) => / EX01$/.test(call))).toHaveLength(10);
    expect(snapshot.certificates?.map(({ Server, HasPrivateKey }) => [Server, HasPrivateKey])).toEqual([
      ["EX01", true],
      ["EX01", false],
    ]);
    expect(
      snapshot.virtualDirectories.owa?.map(({ Server, OAuthAuthentication }) => [Server, OAuthAuthentication]),
    ).toEqual([
      ["EX01", false],
      ["EX02", null],
    ]);
  }, 300_000);

  test("writes the available parts at the deadline, queries a server that does not answer only once, and reports both", async () => {
    const log = join(folder, "many.log");
    setStubs({ log, servers: 40, sleepMs: 40, dead: ["EX003", "EX017"], deadSleepMs: 6_000 });
    const { snapshot } = await collectSnapshot(settings, { withOutbound: false, applicationHostConfig: IIS_FIXTURE });
    const failed = snapshot.errors.filter(({ part }) => part === "servers");
    expect(failed.map(({ servers }) => servers)).toEqual([["EX003", "EX017"]]);
    expect(failed[0]?.text).toBe("2 servers: System.TimeoutException (StubTimeout,Invoke-Stub, 0x80131505)");
    const calls = (await readFile(log, "utf8")).split("\n");
    for (const server of ["EX003", "EX017"])
      expect(calls.filter((call) => call.endsWith(` ${server}`))).toHaveLength(1);
    expect(new Set(snapshot.certificates?.map(({ Server }) => Server)).size).toBe(38);
    // A server that hangs until after the deadline does not delay the others.
    setStubs({ servers: 12, sleepMs: 1, dead: ["EX005"], deadSleepMs: 100_000 });
    const Parameters = { NoOutbound: true, DeadlineSeconds: 30, ApplicationHostConfig: IIS_FIXTURE };
    const parameters = { Script: scriptPath("collect-snapshot.ps1"), Parameters };
    const reply = await runCollection({ script: WITH_STUBS, parameters, ...settings });
    const short = parseSnapshot(reply.value).snapshot;
    expect(short.errors.find(({ part }) => part === "servers")).toMatchObject({
      servers: ["EX005"],
      text: "no answer within 30 seconds",
    });
    expect(new Set(short.certificates?.map(({ Server }) => Server)).size).toBe(11);
  }, 300_000);

  testSamples("collects the answers of a real Exchange 2019", async () => {
    setStubs({ data: [SAMPLES, FIXTURES] });
    const { snapshot, faults } = await collectRemote(
      "solo-e19a.solo.com",
      join(SAMPLES, "IIS", "applicationHost.config"),
    );
    expect([faults, snapshot.errors]).toEqual([[], []]);
    expect(snapshot.organizationConfig).toMatchObject({
      Name: "SoloORG",
      EnableAuthAdminReadSession: false,
      OAuth2ClientProfileEnabled: false,
      MapiHttpEnabled: true,
    });
    expect(snapshot.authConfig).toMatchObject({
      CurrentCertificateThumbprint: "C3EDCF181EF4F9B53D01768ECA99564014BCA6E7",
      NextCertificateEffectiveDate: null,
    });
    expect(snapshot.exchangeServers).toMatchObject([
      { Name: "SOLO-E19A", Domain: "Solo.com", AdminDisplayVersion: "Version 15.2 (Build 986.5)" },
    ]);
    expect(snapshot.certificates).toContainEqual({
      Server: "SOLO-E19A",
      Thumbprint: "C3EDCF181EF4F9B53D01768ECA99564014BCA6E7",
      NotAfter: Date.parse("2024-11-06T22:47:32Z"),
      // The value of the server's own session; the sample's certificate was saved without its key.
      HasPrivateKey: false,
    });
    expect(
      snapshot.componentStates?.filter(({ State }) => State !== "Active").map(({ Component }) => Component),
    ).toEqual(["ForwardSyncDaemon", "ProvisioningRps"]);
    expect(snapshot.componentStates).toHaveLength(34);
    expect(snapshot.hybridConfiguration?.[0]?.Features).toEqual([
      "FreeBusy",
      "MoveMailbox",
      "Mailtips",
      "MessageTracking",
      "OwaRedirection",
      "OnlineArchive",
      "SecureMail",
      "Photos",
    ]);
    expect(snapshot.virtualDirectories.webServices).toMatchObject([
      {
        Identity: "SOLO-E19A\\EWS (Default Web Site)",
        OAuthAuthentication: true,
        sslFlags: "Ssl, Ssl128",
        InternalAuthenticationMethods: ["Ntlm", "WindowsIntegrated", "WSSecurity", "OAuth"],
      },
    ]);
    expect(snapshot.appPools).toHaveLength(17);
    expect(
      snapshot.appPools
        ?.filter(({ periodicRestartTime }) => periodicRestartTime !== "00:00:00")
        .map(({ Name }) => Name),
    ).toEqual(["MSExchangeOWAAppPool", "MSExchangeECPAppPool"]);
    expect(snapshot.iisLogs?.map(({ Site, flushByEntryCountW3CLog }) => [Site, flushByEntryCountW3CLog])).toEqual([
      ["Default Web Site", 0],
      ["Exchange Back End", 0],
    ]);
    expect(snapshot.activeDirectory?.RootDomain).toBe("Solo.com");
  });
});
