/**
 * Undoes the encodings that logs apply to a text: `+` for a blank (IIS), `%XX` (URL), doubled quotes (CSV), `&quot;`
 * (XML) and runs of blanks (HttpProxy writes a blank for a comma). Invalid escapes stay unchanged.
 */
export function decodeText(text: string): string {
  let decoded = text.replaceAll("+", " ");
  // Sample: error_category%3D%22invalid_signature%22
  if (decoded.includes("%"))
    decoded = decoded.replace(/%([0-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
  if (decoded.includes("&")) decoded = decoded.replaceAll("&quot;", '"').replaceAll("&#34;", '"');
  // Sample: reason=""The  token
  return decoded.replace(/\\?"+/g, '"').replace(/\s+/g, " ");
}
