import { isUtf8 } from 'node:buffer';
import { BodyFault } from './json-members.js';

/** One part of a form: where what it holds stands in the bytes. */
interface Field {
  readonly start: number;
  readonly end: number;
  readonly isFile: boolean;
}

const MAX_FIELDS = 200;
/** Of the header of a part. */
const MAX_HEADER = 4_096;
/** Of a field that is read. */
const MAX_VALUE = 65_536;

const CRLF = '\r\n';
const BOUNDARY = /^multipart\/form-data\s*;\s*boundary=(?:"([^"\\]{1,70})"|([^\s";,]{1,70}))\s*$/i;
/** Names have nothing that one reader takes for an escape and another does not. */
const DISPOSITION =
  /^form-data; *name="([^"\\%\r\n]{1,200})"(; *filename="(?:[^"\r\n]|\\")*"(?:; *filename\*=[^\s;"]{1,1000})?)?$/i;

/**
 * The fields of a form (RFC 7578), as its bytes have them: the file is not looked at. What two readers could read in two ways is
 * refused, as they would see another model than was checked: a field of one value that is there twice, parts without a name.
 */
export class FormMembers {
  private readonly fields = new Map<string, Field[]>();
  private readonly folded = new Map<string, string>();

  /** @throws BodyFault */
  constructor(
    readonly bytes: Buffer,
    contentType: string,
  ) {
    const [, quoted, plain] = BOUNDARY.exec(contentType) ?? [];
    const boundary = quoted ?? plain;
    if (boundary === undefined) throw new BodyFault('The body must be multipart/form-data with a boundary');
    this.readParts(`--${boundary}`);
  }

  has(name: string): boolean {
    return this.fields.has(name);
  }

  /** A number, true or false where it looks like one; else a text. @throws BodyFault where it is a file, too long or there twice */
  value(name: string): unknown {
    const field = this.fieldOf(name);
    if (!field) return undefined;
    if (field.isFile) throw new BodyFault(`/${name} must not be a file`, `/${name}`);
    const bytes = this.bytes.subarray(field.start, field.end);
    if (bytes.length > MAX_VALUE)
      throw new BodyFault(`/${name} must be ${MAX_VALUE} bytes at most`, `/${name}`);
    if (!isUtf8(bytes)) throw new BodyFault(`/${name} must be UTF-8`, `/${name}`);
    return scalar(bytes.toString());
  }

  /** @throws BodyFault where a field is called like one of these but for its case, or is a list (`model[]`) */
  demandSpelling(...names: readonly string[]): void {
    for (const name of names) {
      const written = this.folded.get(name) ?? this.folded.get(`${name}[]`);
      if (written !== undefined && written !== name) {
        throw new BodyFault(`${written} must be written ${name}`, `/${written}`);
      }
    }
  }

  /** The body with another value of a field; every other byte as it is. */
  with(name: string, value: string): Buffer {
    const { start, end } = this.fieldOf(name)!;
    return Buffer.concat([this.bytes.subarray(0, start), Buffer.from(value), this.bytes.subarray(end)]);
  }

  private fieldOf(name: string): Field | undefined {
    const [field, twin] = this.fields.get(name) ?? [];
    if (twin) throw new BodyFault(`${name} is there twice`, `/${name}`);
    return field;
  }

  private readParts(delimiter: string): void {
    const { bytes } = this;
    if (!startsWith(bytes, delimiter, 0)) throw malformed('begins with its boundary');
    let at = delimiter.length;
    for (let count = 0; startsWith(bytes, CRLF, at); count++) {
      if (count >= MAX_FIELDS) throw new BodyFault(`The form has more than ${MAX_FIELDS} fields`);
      const next = bytes.indexOf(CRLF + delimiter, at);
      if (next < 0) throw malformed('ends with its boundary');
      this.readPart(at + CRLF.length, next);
      at = next + CRLF.length + delimiter.length;
    }
    const rest = bytes.toString('latin1', at, at + 5);
    if (rest !== '--' && rest !== `--${CRLF}`) throw malformed('ends with its boundary');
  }

  private readPart(from: number, end: number): void {
    const headerEnd = this.bytes.indexOf(CRLF + CRLF, from);
    if (headerEnd < 0 || headerEnd > end || headerEnd - from > MAX_HEADER)
      throw malformed('has parts with a header');
    const header = this.bytes.toString('latin1', from, headerEnd);
    const [, name, file] = DISPOSITION.exec(dispositionOf(header)) ?? [];
    if (name === undefined) throw malformed('names each of its fields');
    const decoded = Buffer.from(name, 'latin1').toString();
    const field = { start: headerEnd + 2 * CRLF.length, end, isFile: file !== undefined };
    const folded = decoded.toUpperCase().toLowerCase();
    const twin = this.folded.get(folded);
    if (twin !== undefined && twin !== decoded)
      throw new BodyFault(`${decoded} is there twice`, `/${decoded}`);
    this.folded.set(folded, decoded);
    this.fields.set(decoded, [...(this.fields.get(decoded) ?? []), field]);
  }
}

/** @throws BodyFault where it is not said once, or the part is coded */
function dispositionOf(header: string): string {
  const lines = header.split(CRLF).map((line) => /^([A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line));
  if (lines.some((line) => !line)) throw malformed('has parts with a header');
  const named = (name: string) => lines.filter((line) => line![1]!.toLowerCase() === name);
  const [coding, disposition, ...more] = [
    named('content-transfer-encoding').find((line) => !/^(?:7bit|8bit|binary)$/i.test(line![2]!)),
    ...named('content-disposition'),
  ];
  if (coding || !disposition || more.length > 0) throw malformed('names each of its fields');
  return disposition[2]!;
}

function startsWith(bytes: Buffer, text: string, at: number): boolean {
  return bytes.toString('latin1', at, at + text.length) === text;
}

function scalar(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}

function malformed(what: string): BodyFault {
  return new BodyFault(`The body is no form that ${what}`);
}
