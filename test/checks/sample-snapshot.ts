import { createHash, X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseSnapshot } from "../../src/model/snapshot/parse-snapshot.ts";
import type { ParsedSnapshot } from "../../src/model/snapshot/parse-snapshot.ts";
import { readClixml } from "./clixml.ts";
import type { CliValue } from "./clixml.ts";

const FOLDER = resolve(import.meta.dirname, "../../../shared/samples/exchange-2019");

export const hasSamples = existsSync(FOLDER);

/** The objects of one sample file. */
export function readSample(name: string): readonly CliValue[] {
  return readClixml(readFileSync(`${FOLDER}/${name}`, "utf8"));
}

type Bag = Readonly<Record<string, CliValue>>;
const asBag = (value: CliValue | undefined): Bag =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Bag) : {};

/** Real cmdlet output of an Exchange 2019 lab as one snapshot, combined as by a person with these files. `changes` replaces parts. */
export function sampleSnapshot(changes: Bag = {}): ParsedSnapshot {
  return parseSnapshot({
    snapshotVersion: 1,
    at: "2021-09-28T18:00:00Z",
    collectedBy: "Export-Clixml",
    server: "SOLO-E19A",
    organizationConfig: readSample("GetOrganizationConfig.xml")[0],
    authConfig: readSample("GetAuthConfig.xml")[0],
    exchangeServers: readSample("GetExchangeServer.xml"),
    partnerApplications: readSample("GetPartnerApplication.xml"),
    settingOverrides: readSample("GetSettingOverride.xml"),
    hybridConfiguration: readSample("GetHybridConfiguration.xml"),
    virtualDirectories: {
      webServices: readSample("GetWebServicesVirtualDirectory.xml"),
      owa: readSample("GetOwaVirtualDirectory.xml"),
    },
    certificates: sampleCertificates(),
    componentStates: readSample("GetServerComponentState.xml"),
    appPools: sampleAppPools(),
    iisLogs: sampleIisLogs(),
    ...changes,
  });
}

function sampleCertificates(): readonly Bag[] {
  return readSample("GetExchangeCertificate.xml").map((each) => {
    const certificate = new X509Certificate(Buffer.from(String(asBag(each)["RawData"]), "base64"));
    return {
      Server: "SOLO-E19A",
      Thumbprint: createHash("sha1").update(certificate.raw).digest("hex").toUpperCase(),
      NotAfter: new Date(certificate.validTo).toISOString(),
      HasPrivateKey: true,
    };
  });
}

function sampleAppPools(): readonly Bag[] {
  return Object.values(asBag(readSample("GetExchangeAppPoolsInformation.xml")[0])).map((pool) => {
    const add = asBag(asBag(asBag(pool)["AppSettings"])["add"]);
    const recycling = asBag(add["recycling"]);
    const restart = asBag(recycling["periodicRestart"]);
    return {
      Server: "SOLO-E19A",
      Name: add["name"] ?? null,
      logEventOnRecycle: recycling["logEventOnRecycle"] ?? null,
      periodicRestartTime: restart["time"] ?? null,
      periodicRestartRequests: restart["requests"] ?? null,
      periodicRestartMemory: restart["memory"] ?? null,
      periodicRestartPrivateMemory: restart["privateMemory"] ?? null,
      periodicRestartSchedule:
        restart["schedule"] === null || restart["schedule"] === "" ? [] : [restart["schedule"] ?? ""],
    };
  });
}

function sampleIisLogs(): readonly Bag[] {
  return readSample("IIS/GetWebSite.xml").map((site) => {
    const log = asBag(asBag(site)["LogFile"]);
    return {
      Server: "SOLO-E19A",
      Site: asBag(site)["Name"] ?? null,
      enabled: log["enabled"] ?? null,
      logFormat: log["logFormat"] ?? null,
      logExtFileFlags: log["logExtFileFlags"] ?? null,
      flushByEntryCountW3CLog: log["flushByEntryCountW3CLog"] ?? null,
      customFields: asBag(log["customFields"])["Collection"] ?? null,
    };
  });
}
