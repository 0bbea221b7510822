import { OAuth2Server } from "oauth2-mock-server";

/**
 * An OpenID provider in its own process, because its library checks the realm of objects, which differs in a test runner. Arguments: key
 * and certificate. It sends its URL and key id to its parent, then each token request; the parent sends it changes of its next answers.
 */
export interface ProviderMessage {
  readonly url?: string;
  readonly kid?: string;
  readonly seen?: { readonly scope: string; readonly secret: string; readonly assertion: string };
}

export interface ProviderAnswer {
  readonly statusCode: number;
  readonly body: Record<string, unknown> | "";
}

const [, , key = "", certificate = ""] = process.argv;
const provider = new OAuth2Server(key, certificate);
const answers: ProviderAnswer[] = [];
const tell = (message: ProviderMessage): void => void process.send?.(message);

const { kid } = await provider.issuer.keys.generate("RS256");
await provider.start(0, "localhost");
provider.service.on("beforeTokenSigning", (token, request) => {
  const scope = String(request.body?.scope ?? "").split(" ")[0] ?? "";
  const { client_secret: secret, client_assertion: assertion } = request.body ?? {};
  tell({ seen: { scope, secret: String(secret ?? ""), assertion: String(assertion ?? "") } });
  token.payload["aud"] = scope.replace("/.default", "");
  token.payload["ver"] = "1.0";
  token.payload["appid"] = "00000000-1111-2222-3333-444444444444";
  delete token.payload["scp"];
});
provider.service.on("beforeResponse", (response) => {
  const next = answers.shift();
  if (next !== undefined) Object.assign(response, next);
});
process.on("message", (next: ProviderAnswer | "clear") => {
  if (next === "clear") answers.length = 0;
  else answers.push(next);
  tell({});
});
process.once("disconnect", () => void provider.stop().then(() => process.exit(0)));
tell({ url: provider.issuer.url ?? "", kid });
