import { XMLParser } from "fast-xml-parser";

/** A value of a CLIXML file, as returned by `Import-Clixml | ConvertTo-Json`: objects with a ToString (enums, identities) are that text. */
export type CliValue = string | number | boolean | null | readonly CliValue[] | { readonly [name: string]: CliValue };

interface Node {
  readonly tag: string;
  readonly name: string;
  readonly refId: string;
  readonly text: string;
  readonly children: readonly Node[];
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
});

/** The objects of a CLIXML text. Supports what the samples contain: primitive values, property bags, lists, dictionaries, references. */
export function readClixml(text: string): readonly CliValue[] {
  const roots = toNodes(parser.parse(text.replace(/^\uFEFF/, "")));
  const objects = roots.find((node) => node.tag === "Objs")?.children ?? [];
  const references = new Map<string, CliValue>();
  return objects.map((node) => valueOf(node, references, true));
}

function toNodes(raw: readonly Record<string, unknown>[]): readonly Node[] {
  return raw.flatMap((entry) => {
    const tag = Object.keys(entry).find((key) => key !== ":@" && key !== "#text");
    if (tag === undefined) return [];
    const inner = entry[tag] as readonly Record<string, unknown>[];
    const attributes = (entry[":@"] ?? {}) as Record<string, string>;
    const text = inner.map((child) => child["#text"] ?? "").join("");
    return [{ tag, name: attributes["N"] ?? "", refId: attributes["RefId"] ?? "", text, children: toNodes(inner) }];
  });
}

function valueOf(node: Node, references: Map<string, CliValue>, isTop: boolean): CliValue {
  switch (node.tag) {
    case "Nil":
      return null;
    case "B":
      return node.text === "true";
    case "By":
    case "I16":
    case "U16":
    case "I32":
    case "U32":
    case "I64":
    case "U64":
    case "Db":
      return Number(node.text);
    case "Ref":
      return references.get(node.refId) ?? null;
    case "Obj":
      return objectOf(node, references, isTop);
    // Folder and file objects of PowerShell 5.1: `_x000D_` and similar are escaped characters.
    default:
      return node.text.replace(/_x([0-9A-F]{4})_/g, (_, code: string) =>
        String.fromCharCode(Number.parseInt(code, 16)),
      );
  }
}

function objectOf(node: Node, references: Map<string, CliValue>, isTop: boolean): CliValue {
  const child = (tag: string): Node | undefined => node.children.find((each) => each.tag === tag);
  const shown = child("ToString")?.text ?? null;
  const list = child("LST") ?? child("IE") ?? child("STK") ?? child("QUE");
  const result = ((): CliValue => {
    if (list !== undefined) return list.children.map((each) => valueOf(each, references, false));
    const dictionary = child("DCT");
    if (dictionary !== undefined) {
      return Object.fromEntries(
        dictionary.children.map((entry) => {
          const key = entry.children.find((each) => each.name === "Key");
          const value = entry.children.find((each) => each.name === "Value");
          return [key?.text ?? "", value === undefined ? null : valueOf(value, references, true)];
        }),
      );
    }
    // The object's text is stored before its properties are read, because AD objects refer to themselves.
    if (shown !== null) references.set(node.refId, shown);
    const properties = [child("Props"), child("MS")].flatMap((bag) => bag?.children ?? []);
    const bag = Object.fromEntries(properties.map((each) => [each.name, valueOf(each, references, false)]));
    if (shown !== null && !isTop && !shown.startsWith("Microsoft.IIs.")) return shown;
    return properties.length > 0 ? bag : shown;
  })();
  references.set(node.refId, result);
  return result;
}
