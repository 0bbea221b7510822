/**
 * Microsoft's hosts that publish signing keys, by cloud: world-wide, US government, 21Vianet (source: CSS-Exchange's table of clouds), and
 * the access control service.
 */
const MICROSOFT_HOSTS = [
  "login.microsoftonline.com",
  "login.windows.net",
  "sts.windows.net",
  "accounts.accesscontrol.windows.net",
  "login.microsoftonline.us",
  "login.partner.microsoftonline.cn",
  "login.chinacloudapi.cn",
];

/**
 * Whether keys may be fetched from a host that a redirect or document names. `start` is the host of the metadata URL. Permitted are `start`
 * itself and Microsoft's hosts.
 */
export function isKeyHost(host: string, start: string): boolean {
  return host !== "" && (host === start || MICROSOFT_HOSTS.includes(host));
}

/** Host of a URL in lower case, with its port if that is not the default; "" if the text is not a URL. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host.toLowerCase() : "";
}
