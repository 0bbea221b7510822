#!/bin/sh
# Versions: fast-xml-parser 5.12.1, saxes 6.0.0 (npm).
# One would guess: two XML parsers read the same certificate from a federation metadata document; fast-xml-parser decodes character
#   references when processEntities is on, which is its default.
# Seen: saxes decodes &#xD; and &#x2B;. fast-xml-parser leaves both as text with processEntities true, and decodes them with
#   htmlEntities true alone, an option that is about named HTML entities by its name. The base64 then holds "&#xD;".
# Why it matters: .NET's XML writer puts a carriage return inside a text as &#xD;, so metadata re-written by such a tool has it in
#   the line ends of X509Certificate. The certificate is refused as damaged, or its thumbprint is another one: a signing key looks
#   as if it were missing or new.
set -eu
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts fast-xml-parser@5.12.1 saxes@6.0.0
cat > run.mjs <<'JS'
import assert from "node:assert/strict";
import { XMLParser } from "fast-xml-parser";
import { SaxesParser } from "saxes";
const document = "<X509Certificate>MIIB&#xD;\nAb&#x2B;c</X509Certificate>";
const read = (options) => new XMLParser(options).parse(document).X509Certificate;
let streamed = "";
const parser = new SaxesParser();
parser.on("text", (text) => { streamed += text; });
parser.write(document).close();
const seen = { saxes: streamed, default: read({}), processEntities: read({ processEntities: true }), htmlEntities: read({ htmlEntities: true }) };
console.log(seen);
assert.deepEqual(seen, {
  saxes: "MIIB\r\nAb+c",
  default: "MIIB&#xD;\nAb&#x2B;c",
  processEntities: "MIIB&#xD;\nAb&#x2B;c",
  htmlEntities: "MIIB\r\nAb+c",
});
JS
node run.mjs
echo "as described"
