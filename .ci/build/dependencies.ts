import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A package that comes with the program, as the lock file and the package itself say. */
export interface ShippedPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression. */
  readonly license: string;
  /** SHA-512 of its archive, hex. */
  readonly sha512: string;
}

/**
 * The packages below `dependencies`, by name and version. The lock file says which and what their archives hash to; the licence is what
 * the installed package says. Throws when one has none, or is not installed.
 */
export function readShippedPackages(root: string): readonly ShippedPackage[] {
  const lock: unknown = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const packages = Object.entries(fieldOf(lock, "packages") ?? {}).filter(
    ([place, entry]) => place !== "" && fieldOf(entry, "dev") !== true && fieldOf(entry, "devOptional") !== true,
  );
  const shipped = packages.map(([place, entry]): ShippedPackage => {
    const installed: unknown = JSON.parse(readFileSync(join(root, place, "package.json"), "utf8"));
    const name = textOf(installed, "name", place);
    return {
      name,
      version: textOf(entry, "version", place),
      license: textOf(installed, "license", place),
      sha512: hexOf(textOf(entry, "integrity", place)),
    };
  });
  const unique = new Map(shipped.map((one) => [`${one.name}@${one.version}`, one]));
  return [...unique.values()].sort(
    (one, other) => compare(one.name, other.name) || compare(one.version, other.version),
  );
}

/** The list for people, Markdown. */
export function dependencyPage(packages: readonly ShippedPackage[]): string {
  const licenses = new Map<string, number>();
  for (const { license } of packages) licenses.set(license, (licenses.get(license) ?? 0) + 1);
  const summary = [...licenses]
    .sort(([one, count], [other, otherCount]) => otherCount - count || compare(one, other))
    .map(([license, count]) => `${license} (${count})`);
  return `# What is shipped with hma-exporter

This page is generated from the lock file (\`npm run dependency-list\`), as is [sbom.cdx.json](sbom.cdx.json) for tools (CycloneDX). The container image
and the executable for Windows carry Node.js (MIT, with the licences of its parts) besides.

${packages.length} packages: ${summary.join(", ")}.

| package | version | licence |
|---|---|---|
${packages.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`).join("\n")}
`;
}

/** A CycloneDX 1.6 document without a time or a serial number, so that the same packages give the same text. */
export function cycloneDx(packages: readonly ShippedPackage[], version: string): string {
  const document = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: { type: "application", name: "hma-exporter", version, licenses: [{ expression: "Apache-2.0" }] },
    },
    components: packages.map(({ name, version: itsVersion, license, sha512 }) => ({
      type: "library",
      name,
      version: itsVersion,
      purl: `pkg:npm/${name.replace("@", "%40")}@${itsVersion}`,
      licenses: [{ expression: license }],
      hashes: [{ alg: "SHA-512", content: sha512 }],
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}

function textOf(value: unknown, name: string, place: string): string {
  const text = fieldOf(value, name);
  if (typeof text !== "string" || text === "") throw new Error(`Cannot list ${place}: it has no ${name}`);
  return text;
}

function hexOf(integrity: string): string {
  // Sample: sha512-mcPQo9Vm6kXd84d/WqMiYBi2CcA57QHBX/ev5PoUEb8b2oQzUvJ6xYsfseqblnCncgnVmCZGWiFwK7KkS5JZJA==
  const encoded = /^sha512-([A-Za-z0-9+/]+=*)$/.exec(integrity)?.[1];
  if (encoded === undefined) throw new Error(`Cannot read the hash "${integrity}": it is no SHA-512`);
  return Buffer.from(encoded, "base64").toString("hex");
}
