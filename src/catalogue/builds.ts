import { parseExchangeBuild } from "../model/snapshot/exchange-build.ts";
import type { ExchangeBuilds, ExchangeRelease } from "../model/snapshot/exchange-build.ts";

/**
 * Exchange builds published by Microsoft up to September 2026. A new cumulative or security update is one more line; no
 * check depends on the newest one.
 */
export const EXCHANGE_BUILDS: ExchangeBuilds = {
  asOf: "2026-09-30",
  releases: [
    release("2016 CU8", "15.1.1415.2"),
    release("2016 CU17", "15.1.2044.4"),
    release("2016 CU18", "15.1.2106.2"),
    release("2016 CU19", "15.1.2176.2"),
    release("2016 CU20", "15.1.2242.4"),
    release("2016 CU21", "15.1.2308.8"),
    release("2016 CU22", "15.1.2375.7"),
    release("2016 CU23", "15.1.2507.6"),
    release("2016 CU23 Oct25SU", "15.1.2507.61"),
    release("2016 CU23 Dec25SU", "15.1.2507.63"),
    release("2016 CU23 Feb26SU", "15.1.2507.66"),
    release("2016 CU23 Jun26SU", "15.1.2507.69"),
    release("2019 CU1", "15.2.330.5"),
    release("2019 CU6", "15.2.659.4"),
    release("2019 CU7", "15.2.721.2"),
    release("2019 CU8", "15.2.792.3"),
    release("2019 CU9", "15.2.858.5"),
    release("2019 CU10", "15.2.922.7"),
    release("2019 CU11", "15.2.986.5"),
    release("2019 CU12", "15.2.1118.7"),
    release("2019 CU13", "15.2.1258.12"),
    release("2019 CU14", "15.2.1544.4"),
    release("2019 CU14 Feb26SU", "15.2.1544.39"),
    release("2019 CU14 Jun26SU", "15.2.1544.41"),
    release("2019 CU15", "15.2.1748.10"),
    release("2019 CU15 Feb26SU", "15.2.1748.43"),
    release("2019 CU15 Jun26SU", "15.2.1748.46"),
    release("SE RTM", "15.2.2562.17"),
    release("SE RTM Aug25SU", "15.2.2562.20"),
    release("SE RTM Sep25HU", "15.2.2562.27"),
    release("SE RTM Oct25SU", "15.2.2562.29"),
    release("SE RTM Dec25SU", "15.2.2562.35"),
    release("SE RTM Feb26SU", "15.2.2562.37"),
    release("SE RTM May26HU", "15.2.2562.41"),
    release("SE RTM Jun26SU", "15.2.2562.43"),
    release("SE RTM Sep26SU", "15.2.2562.49"),
  ],
  readSession: { exchange2016: release("2016 CU17", "15.1.2044.4"), exchange2019: release("2019 CU6", "15.2.659.4") },
  modernAuth: { exchange2016: release("2016 CU8", "15.1.1415.2"), exchange2019: release("2019 CU1", "15.2.330.5") },
  authServerDomainName: {
    exchange2016: release("2016 CU18", "15.1.2106.2"),
    exchange2019: release("2019 CU7", "15.2.721.2"),
  },
  owaModernAuth: [release("2019 CU14 Apr24HU", "15.2.1544.11")],
  graphRouting: [release("SE RTM May26HU", "15.2.2562.41")],
  hybridApplication: [
    release("2016 CU23 Apr25HU", "15.1.2507.55"),
    release("2019 CU14 Apr25HU", "15.2.1544.25"),
    release("2019 CU15 Apr25HU", "15.2.1748.24"),
    release("SE RTM", "15.2.2562.17"),
  ],
};

/** `number`: the build number as Microsoft publishes it. Throws if it is not four numbers. */
function release(name: string, number: string): ExchangeRelease {
  const build = parseExchangeBuild(number);
  if (build === null)
    throw new Error(`Cannot read the build number of Exchange ${name}: "${number}" is not four numbers`);
  return { name, build };
}
