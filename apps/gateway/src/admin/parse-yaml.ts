import { Problem } from '@gatehouse/http';
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';

/** How many values all aliases of a document together may stand for: one may stand for a node that has aliases. */
const MAX_UNFOLDED = 5_000;

/** Reads YAML 1.2. @throws Problem 400 that names line and column */
export function parseYaml(text: string): unknown {
  const lines = new LineCounter();
  try {
    // Its own check of keys takes the square of their number; its own errors quote lines, however long these are.
    const document = parseDocument(text, { uniqueKeys: false, prettyErrors: false, lineCounter: lines });
    const [error] = document.errors;
    if (error) throw new YamlFault(error.message, error.pos[0]);
    const { value } = new PlainValues().of(document.contents);
    // Through JSON: dates and the like become what JSON would have.
    return JSON.parse(JSON.stringify(value)) as unknown;
  } catch (thrown) {
    const fault = thrown as Error;
    const { line, col } = lines.linePos(fault instanceof YamlFault ? fault.offset : text.length);
    throw new Problem(400, `This is not YAML: ${fault.message} at line ${line}, column ${col}`);
  }
}

class YamlFault extends Error {
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

interface Plain {
  readonly value: unknown;
  /** Of how many values it consists, those of its aliases included. */
  readonly size: number;
}

/** What the nodes of a document stand for. Each is looked at once, and what an alias stands for is not copied. */
class PlainValues {
  private readonly anchored = new Map<string, Plain>();
  private unfolded = 0;

  of(node: Node | null): Plain {
    if (isAlias(node)) return this.aliased(node.source, offsetOf(node));
    const { anchor } = (node ?? {}) as { anchor?: string };
    // Within the node itself the name means nothing yet.
    if (anchor !== undefined) this.anchored.delete(anchor);
    const plain = this.unnamed(node);
    if (anchor !== undefined) this.anchored.set(anchor, plain);
    return plain;
  }

  private aliased(name: string, offset: number): Plain {
    const plain = this.anchored.get(name);
    if (!plain) throw new YamlFault(`There is no anchor ${name} before its alias`, offset);
    this.unfolded += plain.size;
    if (this.unfolded > MAX_UNFOLDED) {
      throw new YamlFault(`The aliases stand for more than ${MAX_UNFOLDED} values`, offset);
    }
    return plain;
  }

  private unnamed(node: Node | null): Plain {
    if (isMap<Node, Node | null>(node)) return this.object(node);
    if (!isSeq<Node | null>(node)) return { value: isScalar(node) ? node.value : null, size: 1 };
    const items = node.items.map((item) => this.of(item));
    return { value: items.map(({ value }) => value), size: sizeOf(items) };
  }

  private object({ items }: YAMLMap<Node, Node | null>): Plain {
    const members = new Map<string, Plain>();
    for (const { key, value } of items) {
      const name = this.nameOf(key);
      if (members.has(name)) throw new YamlFault('Map keys must be unique', offsetOf(key));
      members.set(name, this.of(value));
    }
    const entries = [...members].map(([name, { value }]) => [name, value]);
    return { value: Object.fromEntries(entries), size: sizeOf([...members.values()]) };
  }

  /** JSON has no other names than texts. */
  private nameOf(key: Node): string {
    const { value } = this.of(key);
    if (typeof value === 'object' && value !== null)
      throw new YamlFault('A key must be a scalar', offsetOf(key));
    return value === null ? '' : String(value);
  }
}

function sizeOf(parts: readonly Plain[]): number {
  return parts.reduce((sum, { size }) => sum + size, 1);
}

function offsetOf({ range }: Node): number {
  return range?.[0] ?? 0;
}
