/** Where an IIS site writes its logs. */
export interface IisSiteLog {
  readonly siteId: number;
  readonly name: string;
  /** As the configuration spells it, environment variables and all. */
  readonly directory: string;
}

/** What IIS takes when a site says nothing. */
export const DEFAULT_IIS_LOGS = "%SystemDrive%\\inetpub\\logs\\LogFiles";

/**
 * The sites of an applicationHost.config and their log folders, by pattern: only two attributes are needed of a document that IIS
 * itself has checked. Anything else gives an empty list.
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
