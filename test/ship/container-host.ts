import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { arch, tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Podman with its own store, and an image built there from the Dockerfile. */
export interface ContainerHost {
  readonly image: string;
  /** Runs podman with these arguments. */
  readonly podman: (...args: readonly string[]) => Ended;
  /** Stops the containers and removes the store. */
  readonly close: () => void;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** By default podman raises the limits to its own, which not every machine permits. */
export const LIMITS = ["--ulimit", "nofile=4096:4096", "--ulimit", "nproc=1024:1024"] as const;

const CA_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";

/** Reason why no container can be run here; null if one can. */
export function whyNoContainer(): string | null {
  if (process.platform !== "linux" || arch() !== "x64") return "not on Linux for x64";
  if (process.getuid?.() !== 0) return "not the administrator (root)";
  for (const program of ["podman", "runc", "npm", "ldd"])
    if (place(program) === null) return `${program} is not installed (apt-get install podman runc npm libc-bin)`;
  if (!existsSync(CA_CERTIFICATES)) return "there are no CA certificates (apt-get install ca-certificates)";
  const store = mkdtempSync(join(tmpdir(), "hma-container-try-"));
  try {
    const base = join(store, "base");
    takeProgram(base, realpathSync("/bin/true"), "/bin/true");
    const podman = podmanIn(store);
    const built = podman(
      "build",
      "-q",
      "-t",
      "localhost/try",
      "-f",
      contextOf(store, "FROM scratch\nCOPY base /\n"),
      store,
    );
    const ran =
      built.code === 0 ? podman("run", "--rm", ...LIMITS, "--network", "host", "localhost/try", "/bin/true") : built;
    return ran.code === 0 ? null : `podman cannot run a container here (${ran.stderr.trim().split("\n").at(-1) ?? ""})`;
  } finally {
    removeStore(store);
  }
}

/**
 * Builds the Dockerfile of this folder with base images made of this machine's own files, because the public ones may not be reachable. The
 * build image has a shell, Node.js and npm; the run image has the libraries of Node.js and the CA certificates, as in distroless/cc. Throws
 * with podman's output.
 */
export function buildImage(commit: string): ContainerHost {
  const store = mkdtempSync(join(tmpdir(), "hma-container-"));
  const podman = podmanIn(store);
  const must = (...args: readonly string[]): void => {
    const { code, stdout, stderr } = podman(...args);
    if (code === 0) return;
    removeStore(store);
    throw new Error(`Cannot run podman ${args[0] ?? ""}: ${stdout}${stderr}`);
  };
  layOutBuildBase(join(store, "base"));
  must(
    "build",
    "-q",
    "-t",
    "localhost/base-build",
    "-f",
    contextOf(
      store,
      `FROM scratch\nCOPY base /\nENV PATH=/usr/local/bin:/bin NODE_EXTRA_CA_CERTS=${CA_CERTIFICATES}\n`,
    ),
    store,
  );
  rmSync(join(store, "base"), { recursive: true });
  layOutRuntimeBase(join(store, "base"));
  must("build", "-q", "-t", "localhost/base-run", "-f", contextOf(store, "FROM scratch\nCOPY base /\n"), store);
  const image = "localhost/hma-exporter:test";
  must(
    "build",
    "--format",
    "docker",
    "--network",
    "host",
    "--build-arg",
    "BUILD_IMAGE=localhost/base-build",
    "--build-arg",
    "RUNTIME_IMAGE=localhost/base-run",
    "--build-arg",
    `COMMIT=${commit}`,
    "-t",
    image,
    ".",
  );
  return {
    image,
    podman,
    close: () => {
      podman("rm", "--all", "--force", "--time", "0");
      removeStore(store);
    },
  };
}

function podmanIn(store: string): ContainerHost["podman"] {
  const runc = place("runc") ?? "runc";
  return (...args) => {
    const { status, stdout, stderr } = spawnSync(
      "podman",
      ["--root", join(store, "root"), "--runroot", join(store, "run"), "--runtime", runc, ...args],
      { encoding: "utf8", timeout: 600_000 },
    );
    return { code: status, stdout, stderr };
  };
}

/** The layers may still be mounted, so podman removes them itself. */
function removeStore(store: string): void {
  podmanIn(store)("rmi", "--all", "--force");
  spawnSync("umount", ["-q", join(store, "root", "overlay")]);
  rmSync(store, { recursive: true, force: true, maxRetries: 5 });
}

function contextOf(store: string, text: string): string {
  const path = join(store, "Containerfile");
  writeFileSync(path, text);
  return path;
}

function layOutBuildBase(root: string): void {
  for (const name of ["sh", "rm", "mkdir", "cp", "env"])
    takeProgram(root, realpathSync(`/bin/${name}`), `/bin/${name}`);
  mkdirSync(join(root, "usr/bin"), { recursive: true });
  symlinkSync("/bin/env", join(root, "usr/bin/env"));
  takeProgram(root, process.execPath, "/usr/local/bin/node");
  const npm = dirname(dirname(realpathSync(place("npm") ?? "npm")));
  cpSync(npm, join(root, "usr/local/lib/npm"), { recursive: true, dereference: true });
  symlinkSync("../lib/npm/bin/npm-cli.js", join(root, "usr/local/bin/npm"));
  takeNameService(root);
}

function layOutRuntimeBase(root: string): void {
  takeProgram(root, process.execPath, "/node");
  rmSync(join(root, "node"));
  takeNameService(root);
  writeFileSync(join(root, "etc/passwd"), "nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n");
}

/** Copies a program and the libraries that it loads. */
function takeProgram(root: string, from: string, to: string): void {
  takeFile(root, from, to);
  chmodSync(join(root, to), 0o755);
  // Sample: libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f0000000000)
  for (const [library] of spawnSync("ldd", [from], { encoding: "utf8" }).stdout.matchAll(/\/[^\s)]+/g))
    takeFile(root, library, library);
}

/** Copies the files for name resolution and the CA certificates; also creates /tmp. */
function takeNameService(root: string): void {
  const libraries = "/lib/x86_64-linux-gnu";
  for (const name of ["libnss_dns.so.2", "libnss_files.so.2", "libresolv.so.2"])
    if (existsSync(join(libraries, name))) takeFile(root, join(libraries, name), join(libraries, name));
  takeFile(root, CA_CERTIFICATES, CA_CERTIFICATES);
  mkdirSync(join(root, "tmp"), { mode: 0o1777 });
}

function takeFile(root: string, from: string, to: string): void {
  const path = join(root, to);
  if (existsSync(path) || !statSync(from).isFile()) return;
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(from, path);
}

/** The path of a program in PATH. */
function place(program: string): string | null {
  const { status, stdout } = spawnSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : null;
}
