import type { AppPool } from "../model/app-pool.ts";
import { exchangeTime } from "./lines/instant-text.ts";
import type { SimulatedEvent } from "./lines/windows-event-line.ts";

/** Windows events of the simulator's scenarios. */

const WAS_GUID = "{524B5D04-133C-4A62-8362-64E8EDB9CE40}";
const AVAILABILITY_GUID = "{C424C8CD-AB6E-4E8D-9D67-B94E5A1D3C15}";
const PLAIN = { binary: null, isUserData: false, guid: null } as const;

/** WAS event of a worker process that died: 5009 (process ended) or 5011 (lost its connection to WAS). */
export function workerDied(id: 5009 | 5011, appPool: AppPool, processId: number): SimulatedEvent {
  const data = { AppPoolID: appPool, ProcessID: String(processId), ...(id === 5009 ? { ExitCode: "c0000005" } : {}) };
  return {
    ...PLAIN,
    log: "events_system",
    provider: "Microsoft-Windows-WAS",
    guid: WAS_GUID,
    id,
    level: 3,
    data,
    binary: id === 5011 ? "6D000780" : null,
  };
}

/** WAS event of a requested recycle: 5074 (periodic), 5079 (on demand), 5080 (configuration), 5117 (memory). */
export function workerRecycled(id: 5074 | 5079 | 5080 | 5117, appPool: AppPool, processId: number): SimulatedEvent {
  const data: Record<string, string> =
    id === 5074 ? { ProcessID: String(processId), AppPoolID: appPool } : { AppPoolID: appPool };
  return { ...PLAIN, log: "events_system", provider: "Microsoft-Windows-WAS", guid: WAS_GUID, id, level: 4, data };
}

/** Managed Availability recycles a pool: 500 begun, 501 completed. */
export function recoveryAction(id: 500 | 501, appPool: AppPool, atMs: number): SimulatedEvent {
  const isDone = id === 501;
  return {
    ...PLAIN,
    log: "events_availability",
    provider: "Microsoft-Exchange-ManagedAvailability",
    guid: AVAILABILITY_GUID,
    id,
    level: 4,
    isUserData: true,
    data: {
      Id: "RecycleApplicationPool",
      InstanceId: exchangeTime(atMs)
        .replaceAll(/[-:TZ.]/g, "")
        .slice(2, 14),
      ResourceName: appPool,
      StartTime: exchangeTime(atMs),
      EndTime: isDone ? exchangeTime(atMs + 4_000) : "",
      State: isDone ? "Finished" : "Started",
      Result: isDone ? "Succeeded" : "Unknown",
      RequestorName: "OutlookMapiHttpSelfTestRestart",
      ExceptionName: "",
      ExceptionMessage: "",
      Context: "[null]",
      CustomArg1: "",
      LamProcessStartTime: exchangeTime(atMs - 86_400_000),
    },
  };
}

/**
 * MSExchange OAuth event of a worker process: 2001 (configuration), 2006 (token), 2007 (metadata unreadable), 2008
 * (found keys that AD lacks).
 */
export function oauthEvent(id: 2001 | 2006 | 2007 | 2008, appPool: AppPool, processId: number): SimulatedEvent {
  const where = `Process w3wp.exe (${appPool}) (PID ${processId}).`;
  const texts = {
    2001: "Failed to load the local OAuth configuration: Active Directory operation failed.",
    2006: "Failed to authenticate the token.",
    2007:
      "Failed while reading metadata from " +
      "https://login.windows.net/common/federationmetadata/2007-06/federationmetadata.xml: the operation has " +
      "timed out.",
    2008: "New certificates were found at the metadata url for the trusted issuer EvoSts.",
  } as const;
  return {
    ...PLAIN,
    log: "events_application",
    provider: "MSExchange OAuth",
    id,
    level: id === 2001 ? 2 : 3,
    data: { "#0": where, "#1": texts[id] },
  };
}

/**
 * MSExchange AuthAdmin event: 2010 (metadata unreachable), 2013 (keys written to AD), 2014 (auth certificate changed),
 * 2015 (run completed).
 */
export function authAdminEvent(id: 2010 | 2013 | 2014 | 2015): SimulatedEvent {
  const texts = {
    2010: "Unable to access the metadata url of trusted issuer EvoSts: the remote name could not be resolved.",
    2013: "The trusted issuer EvoSts has been updated.",
    2014:
      "The current signing certificate for Exchange has been updated to certificate with thumbprint " +
      "0A1B2C3D4E5F60718293A4B5C6D7E8F901234567.",
    2015: "The AuthAdmin servicelet has completed its run.",
  } as const;
  return {
    ...PLAIN,
    log: "events_application",
    provider: "MSExchange AuthAdmin",
    id,
    level: id === 2010 ? 2 : 4,
    data: { "#0": texts[id] },
  };
}

/**
 * Events of iisreset in the System log: 3201 of IISReset, then W3SVC stopped and running from the Service Control
 * Manager.
 */
export function iisReset(): readonly SimulatedEvent[] {
  const service = (state: string): SimulatedEvent => ({
    ...PLAIN,
    log: "events_system",
    provider: "Service Control Manager",
    guid: "{555908D1-A6D7-4695-8E1E-26931D2012F4}",
    id: 7036,
    level: 4,
    data: { param1: "World Wide Web Publishing Service", param2: state },
    binary: state === "running" ? "570033005300560043002F0034000000" : "570033005300560043002F0031000000",
  });
  return [
    {
      ...PLAIN,
      log: "events_system",
      provider: "IIS-IISReset",
      id: 3201,
      level: 4,
      data: { "#0": "IIS start command received from user CONTOSO\\admin01. The logged data is the status code." },
    },
    service("stopped"),
    service("running"),
  ];
}

/** Events of a boot in the System log: Kernel-General 12, EventLog 6005. */
export function systemBoot(atMs: number): readonly SimulatedEvent[] {
  return [
    {
      ...PLAIN,
      log: "events_system",
      provider: "Microsoft-Windows-Kernel-General",
      guid: "{A68CA8B7-004F-D7B6-A698-07E2DE0F1F5D}",
      id: 12,
      level: 4,
      data: { MajorVersion: "10", MinorVersion: "0", BuildVersion: "20348", StartTime: exchangeTime(atMs) },
    },
    { ...PLAIN, log: "events_system", provider: "EventLog", id: 6005, level: 4, data: {} },
  ];
}

/** Events that have nothing to do with Bearer tokens. */
export function ordinaryEvent(choice: number): SimulatedEvent {
  switch (choice % 4) {
    case 0:
      return {
        ...PLAIN,
        log: "events_system",
        provider: "Service Control Manager",
        guid: "{555908D1-A6D7-4695-8E1E-26931D2012F4}",
        id: 7036,
        level: 4,
        data: { param1: "Windows Update", param2: choice % 2 === 0 ? "running" : "stopped" },
      };
    case 1:
      return {
        ...PLAIN,
        log: "events_application",
        provider: "MSExchange ADAccess",
        id: 2080,
        level: 4,
        data: { "#0": "STORE.EXE (PID=5132)", "#1": "dc01.contoso.example CDG 1 7 7 1 0 1 1 7 1" },
      };
    case 2:
      return {
        ...PLAIN,
        log: "events_application",
        provider: "ESE",
        id: 326,
        level: 4,
        data: { "#0": "Information Store - DB01", "#1": "8212,D,0,3" },
      };
    default:
      return {
        ...PLAIN,
        log: "events_system",
        provider: "Microsoft-Windows-Time-Service",
        guid: "{06EDCFEB-0FD1-4E53-ACCA-A6F8BBF81BCB}",
        id: 37,
        level: 4,
        data: { TimeSource: "dc01.contoso.example (ntp.d|0.0.0.0:123-&gt;10.0.0.2:123)" },
      };
  }
}
