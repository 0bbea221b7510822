/** Major, minor, build, revision: 15.2.986.5. */
export interface ExchangeBuild {
  readonly major: number;
  readonly minor: number;
  readonly build: number;
  readonly revision: number;
}

export interface ExchangeRelease {
  /** `2019 CU11`, `2019 CU14 Feb26SU` */
  readonly name: string;
  readonly build: ExchangeBuild;
}

/** The first build with a feature, for each line of builds (`15.1` is Exchange 2016; `15.2` is 2019 and SE). */
export interface BuildFloor {
  readonly exchange2016: ExchangeRelease;
  readonly exchange2019: ExchangeRelease;
}

/** Known releases, and the first builds of some features, as of a date. */
export interface ExchangeBuilds {
  /** ISO 8601 date up to which releases are listed. */
  readonly asOf: string;
  /** Ascending by build. */
  readonly releases: readonly ExchangeRelease[];
  /** The first builds with EnableAuthAdminReadSession. */
  readonly readSession: BuildFloor;
  /** The first builds that support hybrid modern authentication. */
  readonly modernAuth: BuildFloor;
  /** The first builds whose AuthServer objects have DomainName. */
  readonly authServerDomainName: BuildFloor;
  /**
   * Modern authentication for OWA and ECP: the first build of each cumulative update with it, ascending. All later
   * cumulative updates have it.
   */
  readonly owaModernAuth: readonly ExchangeRelease[];
  /** Hybrid calls over Microsoft Graph, in the same form. */
  readonly graphRouting: readonly ExchangeRelease[];
  /** The dedicated hybrid application, in the same form. */
  readonly hybridApplication: readonly ExchangeRelease[];
}

/**
 * Parses `Version 15.2 (Build 986.5)`, `15.02.1748.043` or `15.2.986.5`; null for any other text. AdminDisplayVersion
 * shows only the cumulative update; the file version of ExSetup.exe also shows the security update.
 */
export function parseExchangeBuild(text: string): ExchangeBuild | null {
  // Sample: Version 15.2 (Build 986.5)
  const match = /^\s*(?:Version\s+)?(\d{1,3})\.(\d{1,3})(?:\s*\(Build\s+|\.)(\d{1,6})\.(\d{1,6})\)?\s*$/i.exec(text);
  if (match === null) return null;
  return { major: Number(match[1]), minor: Number(match[2]), build: Number(match[3]), revision: Number(match[4]) };
}

export function formatExchangeBuild(build: ExchangeBuild): string {
  return `${build.major}.${build.minor}.${build.build}.${build.revision}`;
}

/** Negative when the first is older, 0 when equal, positive when newer. */
export function compareExchangeBuilds(first: ExchangeBuild, second: ExchangeBuild): number {
  return (
    first.major - second.major ||
    first.minor - second.minor ||
    first.build - second.build ||
    first.revision - second.revision
  );
}

/** The newest listed release of the same cumulative update that the build includes; null when there is none. */
export function releaseOf(build: ExchangeBuild, builds: ExchangeBuilds): ExchangeRelease | null {
  const same = builds.releases.filter(
    (release) =>
      release.build.major === build.major && release.build.minor === build.minor && release.build.build === build.build,
  );
  return same.filter((release) => compareExchangeBuilds(release.build, build) <= 0).at(-1) ?? null;
}

/**
 * The first build of the feature in the line of `build`. Null for other lines: Exchange 2013 and older never got it,
 * newer lines all have it.
 */
export function floorFor(build: ExchangeBuild, floor: BuildFloor): ExchangeRelease | null {
  if (build.major !== 15) return null;
  if (build.minor === 1) return floor.exchange2016;
  return build.minor === 2 ? floor.exchange2019 : null;
}

/**
 * True when a build includes an update that was released for several cumulative updates at once. A build of an unlisted
 * cumulative update includes it when it is newer than all listed ones of its line. `isWhole` is false when the build
 * shows only the cumulative update; then null when the security update would decide.
 */
export function hasByUpdate(
  build: ExchangeBuild,
  floors: readonly ExchangeRelease[],
  isWhole: boolean,
): boolean | null {
  const line = floors.filter((floor) => floor.build.major === build.major && floor.build.minor === build.minor);
  const own = line.find((floor) => floor.build.build === build.build);
  const newest = line.at(-1);
  if (newest === undefined) return build.major > 15 || (build.major === 15 && build.minor > 2);
  if (own === undefined) return build.build > newest.build.build;
  if (compareExchangeBuilds(build, own.build) >= 0) return true;
  return isWhole ? false : null;
}

/** True when a build has the feature. */
export function isAtLeast(build: ExchangeBuild, floor: BuildFloor): boolean {
  const release = floorFor(build, floor);
  if (release !== null) return compareExchangeBuilds(build, release.build) >= 0;
  return build.major > 15 || (build.major === 15 && build.minor > 2);
}
