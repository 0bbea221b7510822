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

/** The first build that has something, per line of builds (`15.1` is Exchange 2016; `15.2` is 2019 and SE). */
export interface BuildFloor {
  readonly exchange2016: ExchangeRelease;
  readonly exchange2019: ExchangeRelease;
}

/** Releases and floors, as of a date. */
export interface ExchangeBuilds {
  /** ISO 8601 date up to which releases are listed. */
  readonly asOf: string;
  /** Ascending by build. */
  readonly releases: readonly ExchangeRelease[];
  /** EnableAuthAdminReadSession exists. */
  readonly readSession: BuildFloor;
  /** Hybrid modern authentication works at all. */
  readonly modernAuth: BuildFloor;
  /** AuthServer has DomainName. */
  readonly authServerDomainName: BuildFloor;
  /**
   * OWA and ECP can use modern authentication: the first build of each cumulative update that has it, ascending; later ones all have it.
   */
  readonly owaModernAuth: readonly ExchangeRelease[];
  /** Hybrid calls can go by Microsoft Graph, likewise. */
  readonly graphRouting: readonly ExchangeRelease[];
  /** The dedicated hybrid application works, likewise. */
  readonly hybridApplication: readonly ExchangeRelease[];
}

/**
 * A build out of `Version 15.2 (Build 986.5)`, `15.02.1748.043` or `15.2.986.5`; null when the text is none. AdminDisplayVersion shows the
 * cumulative update alone, the file version of ExSetup.exe the security update too.
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

/** Negative when the first is older, 0 when equal, positive when it is newer. */
export function compareExchangeBuilds(first: ExchangeBuild, second: ExchangeBuild): number {
  return (
    first.major - second.major ||
    first.minor - second.minor ||
    first.build - second.build ||
    first.revision - second.revision
  );
}

/** The newest listed release that the build contains, of the same cumulative update; null when it is in none that is listed. */
export function releaseOf(build: ExchangeBuild, builds: ExchangeBuilds): ExchangeRelease | null {
  const same = builds.releases.filter(
    (release) =>
      release.build.major === build.major && release.build.minor === build.minor && release.build.build === build.build,
  );
  return same.filter((release) => compareExchangeBuilds(release.build, build) <= 0).at(-1) ?? null;
}

/**
 * The floor that holds for a build's line; null for a line that has none (Exchange 2013 and older never got it, unknown newer lines have
 * it).
 */
export function floorFor(build: ExchangeBuild, floor: BuildFloor): ExchangeRelease | null {
  if (build.major !== 15) return null;
  if (build.minor === 1) return floor.exchange2016;
  return build.minor === 2 ? floor.exchange2019 : null;
}

/**
 * Whether a build has what came to several cumulative updates at once. A build of another update has it when it is newer than every one
 * listed of its line. `isWhole` is false for a build that tells the cumulative update alone: then null where its security update decides.
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

/** Whether a build has what the floor stands for. */
export function isAtLeast(build: ExchangeBuild, floor: BuildFloor): boolean {
  const release = floorFor(build, floor);
  if (release !== null) return compareExchangeBuilds(build, release.build) >= 0;
  return build.major > 15 || (build.major === 15 && build.minor > 2);
}
