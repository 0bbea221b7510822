/** Sends one HTTPS request to the token endpoint of an authority. Rejects when the answer is missing or incomplete. */
export type TokenHttp = (request: {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}) => Promise<{
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}>;
