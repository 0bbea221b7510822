/** The logs of one server. `http_proxy/<folder>`: one for each protocol folder. */
export type LogName =
  | "iis_front"
  | "iis_back"
  | "http_err"
  | "ews"
  | "mapi_http"
  | "oauth_outbound"
  | "events_system"
  | "events_application"
  | "events_availability"
  | `http_proxy/${string}`;
