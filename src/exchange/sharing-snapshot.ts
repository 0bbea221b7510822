import type { Snapshot } from "../model/snapshot/snapshot.ts";

/**
 * The same snapshot, but parts that equal those of the previous snapshot are taken from that one. This saves memory: an organisation
 * changes little between snapshots, and a quarter has thousands of them.
 */
export function sharingSnapshot(snapshot: Snapshot, before: Snapshot | null): Snapshot {
  if (before === null) return snapshot;
  const vdirs = snapshot.virtualDirectories;
  return {
    ...snapshot,
    organizationConfig: one(snapshot.organizationConfig, before.organizationConfig),
    authConfig: one(snapshot.authConfig, before.authConfig),
    authServers: many(snapshot.authServers, before.authServers),
    exchangeServers: many(snapshot.exchangeServers, before.exchangeServers),
    authenticationPolicies: many(snapshot.authenticationPolicies, before.authenticationPolicies),
    partnerApplications: many(snapshot.partnerApplications, before.partnerApplications),
    settingOverrides: many(snapshot.settingOverrides, before.settingOverrides),
    hybridConfiguration: many(snapshot.hybridConfiguration, before.hybridConfiguration),
    hybridAgents: many(snapshot.hybridAgents, before.hybridAgents),
    virtualDirectories: one(
      {
        mapi: many(vdirs.mapi, before.virtualDirectories.mapi),
        webServices: many(vdirs.webServices, before.virtualDirectories.webServices),
        oab: many(vdirs.oab, before.virtualDirectories.oab),
        autodiscover: many(vdirs.autodiscover, before.virtualDirectories.autodiscover),
        activeSync: many(vdirs.activeSync, before.virtualDirectories.activeSync),
        owa: many(vdirs.owa, before.virtualDirectories.owa),
        ecp: many(vdirs.ecp, before.virtualDirectories.ecp),
      },
      before.virtualDirectories,
    ),
    clientAccessServices: many(snapshot.clientAccessServices, before.clientAccessServices),
    certificates: many(snapshot.certificates, before.certificates),
    componentStates: many(snapshot.componentStates, before.componentStates),
    appPools: many(snapshot.appPools, before.appPools),
    iisLogs: many(snapshot.iisLogs, before.iisLogs),
    clock: many(snapshot.clock, before.clock),
    outbound: many(snapshot.outbound, before.outbound),
    authAdmin: one(snapshot.authAdmin, before.authAdmin),
    activeDirectory: one(snapshot.activeDirectory, before.activeDirectory),
    keys: many(snapshot.keys, before.keys),
  };
}

function one<T>(now: T, before: T): T {
  return process.getBuiltinModule("node:util").isDeepStrictEqual(now, before) ? before : now;
}

function many<T>(now: readonly T[] | null, before: readonly T[] | null): readonly T[] | null {
  if (now === null || before === null) return now;
  const shared = now.map((part, at) => {
    const known = before[at];
    return known === undefined ? part : one(part, known);
  });
  return shared.length === before.length && shared.every((part, at) => part === before[at]) ? before : shared;
}
