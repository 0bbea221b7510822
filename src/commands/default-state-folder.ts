import { join } from "node:path";

/** The default state folder: that of the service manager, otherwise the system's folder for such data. */
export function defaultStateFolder(): string {
  const given = process.env["STATE_DIRECTORY"];
  if (given !== undefined && given !== "") return given.split(":")[0] ?? given;
  if (process.platform === "win32") return join(process.env["ProgramData"] ?? "C:\\ProgramData", "hma-exporter");
  return "/var/lib/hma-exporter";
}
