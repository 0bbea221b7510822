/**
 * Hosts of Microsoft that publish signing keys, by cloud: world-wide, US government, 21Vianet (CSS-Exchange's table of clouds), and the
 * access control service.
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

/** Whether keys may be fetched from a host to which `start`, the host of the metadata URL, led: itself, or one of Microsoft's. */
export function isKeyHost(host: string, start: string): boolean {
  return host !== "" && (host === start || MICROSOFT_HOSTS.includes(host));
}

/** Host of a URL with its port where that is not the usual one, lower case; "" when the text is no URL. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host.toLowerCase() : "";
}
