/** Where an IIS site writes its logs. */
export interface IisSiteLog {
  readonly siteId: number;
  readonly name: string;
  /** Path as written in the configuration, with environment variables. */
  readonly directory: string;
}

/** IIS's default log folder, for sites without one. */
export const DEFAULT_IIS_LOGS = "%SystemDrive%\\inetpub\\logs\\LogFiles";

/**
 * The sites of an applicationHost.config with their log folders. Uses patterns, because only two attributes are needed and IIS itself has
 * validated the document. Returns an empty list for any other text.
 */
export function iisSiteLogs(applicationHost: string): IisSiteLog[] {
  const fallback =
    directoryIn(/<siteDefaults\b[\s\S]*?<\/siteDefaults>/i.exec(applicationHost)?.[0] ?? "") ?? DEFAULT_IIS_LOGS;
  // Sample: <site name="Default Web Site" id="1" serverAutoStart="true"> … </site>
  return [...applicationHost.matchAll(/<site\s([^>]*)>([\s\S]*?)<\/site>/gi)].flatMap(
    ([, attributes = "", body = ""]) => {
      const id = Number(attributeOf(attributes, "id"));
      if (!Number.isInteger(id) || id < 1) return [];
      return [{ siteId: id, name: attributeOf(attributes, "name") ?? "", directory: directoryIn(body) ?? fallback }];
    },
  );
}

function directoryIn(text: string): string | null {
  // Sample: <logFile logFormat="W3C" directory="D:\Logs" />
  const tag = /<logFile\b([^>]*)>/i.exec(text)?.[1];
  return tag === undefined ? null : attributeOf(tag, "directory");
}

function attributeOf(attributes: string, name: string): string | null {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`, "i").exec(attributes)?.[1];
  return value === undefined
    ? null
    : value
        .replace(/&quot;/g, '"')
        .replace(/&lt;/g, "<")
        .replace(/&gt;/g, ">")
        .replace(/&amp;/g, "&");
}
