import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, constants, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const HOST_FOLDER = fileURLToPath(new URL("../../powershell-host/", import.meta.url));
const HOST_SOURCES = ["powershell-host.csproj", "Program.cs", "UtilityCommands.cs"];

export interface Engine {
  readonly executable: string;
  readonly name: "pwsh" | "powershell.exe" | "host";
}

/** The PowerShell engine in which the tests run scripts; null, after a message, if there is none. */
export async function findEngine(): Promise<Engine | null> {
  const pwsh = await findOnPath(process.platform === "win32" ? "pwsh.exe" : "pwsh");
  if (pwsh !== null) return { executable: pwsh, name: "pwsh" };
  if (process.platform === "win32") return { executable: "powershell.exe", name: "powershell.exe" };
  if ((await findOnPath("dotnet")) === null) return none("neither pwsh nor dotnet is on the PATH");
  try {
    return { executable: await buildHost(), name: "host" };
  } catch (error) {
    return none(`test/powershell-host cannot be built: ${String(error).slice(0, 300)}`);
  }
}

function none(because: string): null {
  console.warn(`PowerShell tests are skipped: ${because}`);
  return null;
}

async function findOnPath(name: string): Promise<string | null> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, name);
    if (folder !== "" && (await isExecutable(path))) return path;
  }
  return null;
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Builds the host once per state of its sources, in a folder that git ignores. Simultaneous builds do not conflict. */
async function buildHost(): Promise<string> {
  const hash = createHash("sha256");
  for (const source of HOST_SOURCES) hash.update(await readFile(join(HOST_FOLDER, source)));
  const target = join(HOST_FOLDER, "bin", hash.digest("hex").slice(0, 16));
  const executable = join(target, "powershell-host");
  if (await isExecutable(executable)) return executable;
  const artifacts = join(HOST_FOLDER, "obj", String(process.pid));
  await mkdir(join(HOST_FOLDER, "bin"), { recursive: true });
  // With ahead-of-time compilation, a PowerShell process needs a quarter less processor time. The compiler is a separate package; without
  // it, the host is not compiled ahead of time.
  const built = await publish(artifacts, ["-p:PublishReadyToRun=true"]).catch(() => publish(artifacts, []));
  // Another run may have created the same folder meanwhile.
  await rename(built, target).catch(() => {});
  await rm(artifacts, { recursive: true, force: true });
  return executable;
}

/** Builds the host for this system. Returns the folder with its files. */
async function publish(artifacts: string, options: readonly string[]): Promise<string> {
  const env = { ...process.env, DOTNET_CLI_TELEMETRY_OPTOUT: "1", DOTNET_NOLOGO: "1" };
  const project = join(HOST_FOLDER, "powershell-host.csproj");
  const common = ["-c", "Release", "-v", "quiet", "--use-current-runtime", "--no-self-contained"];
  await run("dotnet", ["publish", project, ...common, "--artifacts-path", artifacts, ...options], { env });
  const output = join(artifacts, "publish", "powershell-host");
  const [folder = ""] = await readdir(output);
  return join(output, folder);
}
