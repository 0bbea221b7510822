import type { KeyIssuer, PublishedKey, PublishedKeys } from "../../model/snapshot/signing-keys.ts";
import { trustedKeys } from "../../model/snapshot/snapshot-facts.ts";
import type { Snapshot } from "../../model/snapshot/snapshot.ts";
import { fetchDocument, openConnections } from "./https-document.ts";
import { hostOf, isKeyHost } from "./key-hosts.ts";
import type { AnswerDate, ConnectionOptions, Validators } from "./https-document.ts";
import { KeyFetchError } from "./key-fetch-error.ts";
import { parseKeySetUrl, parseMetadata, parseOpenIdKeys } from "./parse-keys.ts";
import type { ParsedKeys } from "./parse-keys.ts";
import { BoundedMap } from "../../model/bounded-map.ts";

/** The URLs at which the keys of one AuthServer are published. */
export interface KeyEndpoint {
  readonly issuer: KeyIssuer;
  readonly authServer: string;
  /** AuthMetadataUrl. */
  readonly metadataUrl: string;
  /** URL of the OpenID configuration of the same tenant; null if it cannot be derived from the metadata URL. */
  readonly openIdUrl: string | null;
  /** Tenant id in lower case; "" if no property of the AuthServer contains it. */
  readonly tenant: string;
}

/** The endpoints of a snapshot's enabled AuthServers, except those without a metadata URL. */
export function keyEndpoints(snapshot: Snapshot): readonly KeyEndpoint[] {
  return (trustedKeys(snapshot) ?? []).flatMap((server) => {
    if (server.metadataUrl === null) return [];
    // Sample: https://login.windows.net/contoso.onmicrosoft.com/federationmetadata/2007-06/federationmetadata.xml
    const match = /^(https:\/\/[^/\s]+\/[^/\s]+)\/federationmetadata\//i.exec(server.metadataUrl);
    return [
      {
        issuer: server.issuer,
        authServer: server.authServer,
        metadataUrl: server.metadataUrl,
        openIdUrl: match === null ? null : `${match[1] ?? ""}/.well-known/openid-configuration`,
        tenant: server.tenant,
      },
    ];
  });
}

export interface FetchedKeys {
  readonly published: PublishedKeys;
  /** The failure of one of the two documents, if the keys are known from the other. */
  readonly failures: readonly KeyFetchError[];
}

/** The result of fetching one document. For the OpenID key set, this includes the configuration that names it. */
export interface DocumentFetch {
  readonly document: "federation_metadata" | "openid_keys";
  readonly issuer: KeyIssuer;
  readonly isSuccess: boolean;
  readonly durationMs: number;
  /** `Date` headers of the answers received. */
  readonly dates: readonly AnswerDate[];
}

export interface KeySourceOptions extends ConnectionOptions {
  /** Called for each document that was fetched or has failed. Not called after an abort. */
  readonly onDocument: (fetch: DocumentFetch) => void;
}

/** Fetches published keys. Remembers the documents, to send conditional requests. */
export interface KeySource {
  /**
   * The keys of an endpoint. The metadata determines which keys are published. The OpenID key set adds their ids, and replaces the metadata
   * if that cannot be fetched. Throws `KeyFetchError` if neither can be fetched, or the signal's reason if it is aborted.
   */
  readonly fetch: (endpoint: KeyEndpoint, nowMs: number, signal?: AbortSignal) => Promise<FetchedKeys>;
  readonly close: () => Promise<void>;
}

export const DEFAULT_KEY_SOURCE_OPTIONS: KeySourceOptions = {
  proxyUrl: null,
  extraCa: [],
  timeoutMs: 30_000,
  // Metadata of Entra ID has about 100 KB.
  maxBytes: 1024 * 1024,
  onDocument: () => undefined,
};

/** Maximum number of remembered documents: three for each of ten AuthServers. */
const MAX_DOCUMENTS = 30;

/** Opens a source; closed by its `close()`. */
export function openKeySource(options: Partial<KeySourceOptions> = {}): KeySource {
  const settings: KeySourceOptions = { ...DEFAULT_KEY_SOURCE_OPTIONS, ...options };
  const dispatcher = openConnections(settings);
  const documents = new BoundedMap<string, { readonly validators: Validators; readonly text: string }>(MAX_DOCUMENTS);

  async function textAt(url: string, { signal, dates }: Asking): Promise<string> {
    const known = documents.get(url) ?? null;
    const fetched = await fetchDocument(dispatcher, url, { ...settings, known: known?.validators ?? null, signal });
    if (fetched.date !== null) dates.push(fetched.date);
    if (fetched.kind === "unchanged") return known?.text ?? "";
    documents.delete(url);
    if (fetched.validators.etag !== null || fetched.validators.lastModified !== null)
      documents.set(url, { validators: fetched.validators, text: fetched.text });
    return fetched.text;
  }

  async function openIdKeys(endpoint: KeyEndpoint, url: string, asking: Asking): Promise<readonly PublishedKey[]> {
    const keySetUrl = parseKeySetUrl(await textAt(url, asking));
    if (keySetUrl === null)
      throw new KeyFetchError(
        "format",
        `Cannot read the OpenID configuration for the AuthServer "${endpoint.authServer}": it names no key set`,
      );
    if (!isKeyHost(hostOf(keySetUrl), hostOf(url)))
      throw new KeyFetchError(
        "host",
        `Cannot fetch the OpenID key set for the AuthServer "${endpoint.authServer}": the configuration names a host that is not permitted`,
      );
    return keysFrom(parseOpenIdKeys(await textAt(keySetUrl, asking), endpoint.tenant), "OpenID key set", endpoint);
  }

  async function documentOf(
    { document, issuer, signal }: DocumentRequest,
    ask: (asking: Asking) => Promise<readonly PublishedKey[]>,
  ): Promise<Attempted> {
    const startedAt = performance.now();
    const dates: AnswerDate[] = [];
    const result = await attempt(() => ask({ signal, dates }), signal);
    settings.onDocument({
      document,
      issuer,
      isSuccess: !(result instanceof KeyFetchError),
      durationMs: performance.now() - startedAt,
      dates,
    });
    return result;
  }

  return {
    fetch: async (endpoint, nowMs, signal = new AbortController().signal) => {
      const { issuer, metadataUrl, openIdUrl } = endpoint;
      const metadata = await documentOf({ document: "federation_metadata", issuer, signal }, async (asking) =>
        keysFrom(parseMetadata(await textAt(metadataUrl, asking)), "metadata", endpoint),
      );
      const openId =
        openIdUrl === null
          ? null
          : await documentOf({ document: "openid_keys", issuer, signal }, (asking) =>
              openIdKeys(endpoint, openIdUrl, asking),
            );
      const failures = [metadata, openId].flatMap((result) => (result instanceof KeyFetchError ? [result] : []));
      return {
        published: {
          issuer: endpoint.issuer,
          authServer: endpoint.authServer,
          fetchedAtMs: nowMs,
          isStandIn: metadata instanceof KeyFetchError,
          keys: merged(metadata, openId),
        },
        failures,
      };
    },
    close: () => dispatcher.destroy(),
  };
}

interface DocumentRequest extends Pick<DocumentFetch, "document" | "issuer"> {
  readonly signal: AbortSignal;
}

interface Asking {
  readonly signal: AbortSignal;
  readonly dates: AnswerDate[];
}

/** Returns the result or the `KeyFetchError`; throws any other error. */
async function attempt<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T | KeyFetchError> {
  try {
    return await run();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof KeyFetchError) return error;
    throw error;
  }
}

function keysFrom(parsed: ParsedKeys, document: string, endpoint: KeyEndpoint): readonly PublishedKey[] {
  if (parsed.ok) return parsed.keys;
  throw new KeyFetchError(
    "format",
    `Cannot read the ${document} of the AuthServer "${endpoint.authServer}": ${parsed.because}`,
  );
}

type Attempted = readonly PublishedKey[] | KeyFetchError;

function merged(metadata: Attempted, openId: Attempted | null): readonly PublishedKey[] {
  if (metadata instanceof KeyFetchError) {
    if (openId === null || openId instanceof KeyFetchError) throw metadata;
    return openId;
  }
  if (openId === null || openId instanceof KeyFetchError) return metadata;
  const kids = new Map(openId.map((key) => [key.thumbprint, key.kid]));
  return metadata.map((key) => ({ ...key, kid: kids.get(key.thumbprint) ?? key.kid }));
}
