/**
 * Makes the Debian package of the exporter in `dist-deb/`: the program with the Node.js that it was tested with, a hardened systemd unit,
 * the configuration file, rules, dashboards and docs. It needs dpkg-deb, which every Debian has. Two runs on the same sources give the
 * same bytes when SOURCE_DATE_EPOCH is set. Called by `npm run package`; prints the path of the package. An argument is a compression of
 * dpkg-deb (`none` is quickest); without it, xz.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ROOT } from "./build-info.ts";

const NAME = "hma-exporter";
/** Debian's names of the processors that Node.js is published for. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };
const PROGRAM = `usr/lib/${NAME}`;
const DOCS = `usr/share/doc/${NAME}`;
const UNIT = `usr/lib/systemd/system/${NAME}.service`;
const CONFIGURATION = `etc/${NAME}/${NAME}.yml`;

const POSTINST = `#!/bin/sh
set -e
if [ "$1" = configure ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  if [ -n "$2" ]; then
    systemctl try-restart ${NAME}.service
  else
    echo "Set farm in /${CONFIGURATION}, then: systemctl enable --now ${NAME}"
  fi
fi
`;
const PRERM = `#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  systemctl disable --now ${NAME}.service
fi
`;
const POSTRM = `#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
fi
if [ "$1" = purge ]; then
  rm -rf /var/lib/private/${NAME} /var/lib/${NAME}
fi
`;

const [compression = "xz"] = process.argv.slice(2);
const manifest: { version: string; description: string } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const architecture = ARCHITECTURES[process.arch];
if (process.platform !== "linux" || architecture === undefined)
  throw new Error(`Cannot make a Debian package here: linux on ${Object.keys(ARCHITECTURES).join(" or ")} is needed`);

const work = mkdtempSync(join(tmpdir(), "hma-deb-"));
try {
  stageProgram();
  stageRest();
  writeControl();
  const target = join(ROOT, "dist-deb", `${NAME}_${manifest.version}_${architecture}.deb`);
  mkdirSync(dirname(target), { recursive: true });
  // Folders and files as root's, readable by all, whoever builds and with whatever mask.
  execFileSync("chmod", ["-R", "u=rwX,go=rX", work]);
  execFileSync("dpkg-deb", ["--build", "--root-owner-group", `-Z${compression}`, work, target], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  process.stdout.write(`${target}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** The bundle, the packages that it loads, and Node.js. */
function stageProgram(): void {
  const folder = join(work, PROGRAM);
  mkdirSync(folder, { recursive: true });
  const dist = join(ROOT, "dist");
  if (!existsSync(join(dist, "main.js")))
    throw new Error(`Cannot find ${join(dist, "main.js")}: run npm run build first`);
  cpSync(dist, join(folder, "dist"), { recursive: true });
  cpSync(join(ROOT, "package.json"), join(folder, "package.json"));
  for (const path of productionPackages())
    cpSync(join(ROOT, path), join(folder, path), { recursive: true, dereference: true });
  cpSync(process.execPath, join(folder, "node"));
  chmodSync(join(folder, "node"), 0o755);
  mkdirSync(join(work, "usr/bin"), { recursive: true });
  writeFileSync(join(work, "usr/bin", NAME), `#!/bin/sh\nexec /${PROGRAM}/node /${PROGRAM}/dist/main.js "$@"\n`, {
    mode: 0o755,
  });
}

/** Folders of the npm packages without which the program does not run, as the lock file has them. */
function productionPackages(): readonly string[] {
  const lock: { packages: Record<string, { dev?: boolean; optional?: boolean; devOptional?: boolean }> } = JSON.parse(
    readFileSync(join(ROOT, "package-lock.json"), "utf8"),
  );
  return Object.entries(lock.packages)
    .filter(([path, { dev, devOptional }]) => path !== "" && dev !== true && devOptional !== true)
    .map(([path]) => path)
    .filter((path) => !/\/node_modules\//.test(path) && existsSync(join(ROOT, path)));
}

function stageRest(): void {
  const linux = join(ROOT, "src", "daemon", "linux");
  for (const [from, to] of [
    [join(linux, `${NAME}.service`), UNIT],
    [join(linux, `${NAME}.yml`), CONFIGURATION],
    [join(ROOT, "docs"), DOCS],
    [join(ROOT, "LICENSE"), `${DOCS}/copyright`],
    [join(ROOT, "CHANGELOG.md"), `${DOCS}/CHANGELOG.md`],
    [join(ROOT, "alerts"), `usr/share/${NAME}/alerts`],
    [join(ROOT, "dashboards"), `usr/share/${NAME}/dashboards`],
  ] as const) {
    mkdirSync(dirname(join(work, to)), { recursive: true });
    // Generators and pictures are of the repository.
    cpSync(from, join(work, to), {
      recursive: true,
      filter: (path) => !/\/(?:alerts|dashboards)\/(?:src|\.lint)$|\/docs\/screenshots$/.test(path),
    });
  }
}

function writeControl(): void {
  const folder = join(work, "DEBIAN");
  mkdirSync(folder, { recursive: true });
  const [first = "", ...rest] = manifest.description.split(", ");
  writeFileSync(
    join(folder, "control"),
    `Package: ${NAME}
Version: ${manifest.version}
Architecture: ${architecture ?? ""}
Maintainer: ${NAME} maintainers <maintainers@hma-exporter.invalid>
Depends: libc6, libstdc++6, libgcc-s1
Recommends: ca-certificates
Section: net
Priority: optional
Description: ${first}
 ${rest.join(", ")}. It reads the logs of IIS and
 Exchange Server, and tells loops of refused Bearer tokens and what causes them.
`,
  );
  writeFileSync(join(folder, "conffiles"), `/${CONFIGURATION}\n`);
  for (const [name, text] of [
    ["postinst", POSTINST],
    ["prerm", PRERM],
    ["postrm", POSTRM],
  ] as const)
    writeFileSync(join(folder, name), text, { mode: 0o755 });
}
