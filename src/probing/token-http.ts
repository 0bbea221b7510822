import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from "@azure/msal-node";
import type { TokenHttp } from "../model/probe/token-http.ts";

/**
 * Lets the MSAL library send its requests through the exporter's own HTTP code. `failed` is true if the last request had no complete
 * answer.
 */
export interface TokenNetwork extends INetworkModule {
  readonly failed: () => boolean;
}

export function tokenNetwork(http: TokenHttp): TokenNetwork {
  let hasFailed = false;
  const send = async <T>(
    method: "GET" | "POST",
    url: string,
    options: NetworkRequestOptions | undefined,
  ): Promise<NetworkResponse<T>> => {
    hasFailed = true;
    const { status, headers, body } = await http({
      method,
      url,
      headers: options?.headers ?? {},
      body: options?.body ?? null,
    });
    const parsed: T = JSON.parse(body);
    hasFailed = false;
    return { status, headers: { ...headers }, body: parsed };
  };
  return {
    sendGetRequestAsync: (url, options) => send("GET", url, options),
    sendPostRequestAsync: (url, options) => send("POST", url, options),
    failed: () => hasFailed,
  };
}
