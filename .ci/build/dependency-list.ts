/**
 * Writes the packages that are shipped, with their versions and licences, to `docs/dependencies.md` (for people) and
 * `docs/sbom.cdx.json` (CycloneDX 1.6, for tools). Called by `npm run dependency-list`, after a change of the lock file.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readBuildInfo, ROOT } from "./build-info.ts";
import { cycloneDx, dependencyPage, readShippedPackages } from "./dependencies.ts";

const packages = readShippedPackages(ROOT);
writeFileSync(join(ROOT, "docs", "dependencies.md"), dependencyPage(packages));
writeFileSync(join(ROOT, "docs", "sbom.cdx.json"), cycloneDx(packages, readBuildInfo().version));
