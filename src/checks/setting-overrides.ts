import { isSameServer } from "../model/snapshot/snapshot-facts.ts";
import type { SettingOverride, Snapshot } from "../model/snapshot/snapshot.ts";
import { serverNames } from "./servers.ts";

/** The overrides of one component and section. */
export function overridesOf(
  overrides: readonly SettingOverride[],
  component: string,
  section: string,
): readonly SettingOverride[] {
  return overrides.filter(
    (override) =>
      override.ComponentName?.toLowerCase() === component.toLowerCase() &&
      override.SectionName?.toLowerCase() === section.toLowerCase(),
  );
}

export function hybridAppOverrides(overrides: readonly SettingOverride[]): readonly SettingOverride[] {
  return overridesOf(overrides, "Global", "ExchangeOnpremAsThirdPartyAppId");
}

/** True when an override turns its setting on; null when its parameters are unknown. */
export function isEnabled(override: SettingOverride): boolean | null {
  return override.Parameters?.some((parameter) => /^\s*enabled\s*=\s*true\s*$/i.test(parameter)) ?? null;
}

export function isHybridAppEnabled(snapshot: Snapshot): boolean {
  return hybridAppOverrides(snapshot.settingOverrides ?? []).some((override) => isEnabled(override) === true);
}

/**
 * Why an override does not apply to all servers: `for EX01 alone`, `from build 15.2.1 on`. "" when it does; null when
 * unknown.
 */
export function limitOf(override: SettingOverride, snapshot: Snapshot): string | null {
  const named = override.Server ?? [];
  const left = (serverNames(snapshot) ?? []).filter((server) => !named.some((name) => isSameServer(name, server)));
  if (named.length > 0 && left.length > 0) return `for ${named.slice(0, 4).join(", ")} alone`;
  if (override.MinVersion) return `from build ${override.MinVersion} on`;
  if (override.MaxVersion) return `up to build ${override.MaxVersion}`;
  return override.Server === null || override.MinVersion === null || override.MaxVersion === null ? null : "";
}
