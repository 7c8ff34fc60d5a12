import { httpbis } from 'http-message-signatures';
import {
  isInnerList,
  parseDictionary,
  serializeInnerList,
  serializeItem,
  type Dictionary,
  type InnerList,
} from 'structured-headers';
import type { IncomingCall } from '../../calls/incoming-call.js';

/** A signature of a request (RFC 9421 §4), read and not yet verified. */
export interface MessageSignature {
  readonly keyId: string;
  readonly created: number;
  readonly expires: number | undefined;
  readonly nonce: string | undefined;
  readonly algorithm: string | undefined;
  readonly tag: string | undefined;
  /** Identifiers of the covered components, as they are serialised: `"@method"`. */
  readonly components: readonly string[];
  readonly value: Buffer;
  /** What was signed besides the components: `@signature-params`. */
  readonly input: string;
}

/** More would be work for nothing. */
const MAX_SIGNATURES = 5;
const MAX_COMPONENTS = 50;

/** Why a signature cannot be taken. */
export class SignatureError extends Error {
  override readonly name = 'SignatureError';
}

/** Header fields by their names in lower case, with each of their values: all of them are forwarded, so all count. */
export type Fields = Readonly<Record<string, string[]>>;

export function fieldsOf({ raw: { rawHeaders } }: IncomingCall): Fields {
  const fields = Object.create(null) as Record<string, string[]>;
  for (let i = 0; i < rawHeaders.length; i += 2)
    (fields[rawHeaders[i]!.toLowerCase()] ??= []).push(rawHeaders[i + 1]!);
  return fields;
}

/**
 * The signatures of a request.
 * @throws SignatureError when they cannot be read, or one has not what each must have
 */
export function signaturesOf(fields: Fields): MessageSignature[] {
  const inputs = dictionaryOf(fields['signature-input']);
  const values = dictionaryOf(fields.signature);
  if (inputs.size > MAX_SIGNATURES) throw new SignatureError('There are too many signatures');
  const found: MessageSignature[] = [];
  for (const [label, input] of inputs) {
    const value = values.get(label)?.[0];
    if (isInnerList(input) && value instanceof ArrayBuffer) found.push(signatureOf(input, value));
  }
  return found;
}

function dictionaryOf(lines: string[] | undefined): Dictionary {
  if (lines === undefined) return new Map();
  try {
    return parseDictionary(lines.join(', '));
  } catch {
    throw new SignatureError('Signature or Signature-Input cannot be read (RFC 9421 §4)');
  }
}

function signatureOf(input: InnerList, value: ArrayBuffer): MessageSignature {
  const [items, parameters] = input;
  const components = items.map((item) => serializeItem(item));
  if (components.length > MAX_COMPONENTS) throw new SignatureError('Too many components are signed');
  if (new Set(components).size < components.length) {
    throw new SignatureError('A component is signed twice (RFC 9421 §2)');
  }
  const text = (name: string) => {
    const found = parameters.get(name);
    if (found === undefined || typeof found === 'string') return found;
    throw new SignatureError(`The parameter ${name} must be a string (RFC 9421 §2.3)`);
  };
  const time = (name: string) => {
    const found = parameters.get(name);
    if (found === undefined || Number.isSafeInteger(found)) return found as number | undefined;
    throw new SignatureError(`The parameter ${name} must be an integer (RFC 9421 §2.3)`);
  };
  const [keyId, created] = [text('keyid'), time('created')];
  if (keyId === undefined) throw new SignatureError('The signature has no keyid');
  if (created === undefined) throw new SignatureError('The signature does not say when it was created');
  return {
    keyId,
    created,
    expires: time('expires'),
    nonce: text('nonce'),
    algorithm: text('alg'),
    tag: text('tag'),
    components,
    value: Buffer.from(value),
    input: serializeInnerList(input),
  };
}

/**
 * What was signed (RFC 9421 §2.5).
 * @throws SignatureError when a component is not in the request, or cannot be known
 */
export function signatureBase(
  call: IncomingCall,
  headers: Fields,
  { components, input }: MessageSignature,
): Buffer {
  const { method } = call;
  const authority = authorityOf(call);
  const url = `${call.protocol}://${authority}${call.url}`;
  const componentParser = (name: string) => derivedComponent(name, call, authority);
  try {
    const base = httpbis.createSignatureBase(
      { fields: [...components], componentParser },
      { method, url, headers },
    );
    // A query parameter that is there several times is no component (RFC 9421 §2.2.8).
    if (base.some(([, values]) => values.length !== 1)) throw new Error('A query parameter is there twice');
    base.push(['"@signature-params"', [input]]);
    return Buffer.from(httpbis.formatSignatureBase(base));
  } catch (error) {
    throw new SignatureError((error as Error).message, { cause: error });
  }
}

/** As they were sent, byte for byte: a parser of URLs would put some of them into another form. */
function derivedComponent(name: string, call: IncomingCall, authority: string): string[] | null {
  const mark = call.url.indexOf('?');
  switch (name) {
    case '@method':
      return [call.method];
    case '@target-uri':
      return [`${call.protocol}://${authority}${call.url}`];
    case '@authority':
      return [authority];
    case '@scheme':
      return [call.protocol];
    case '@request-target':
      return [call.url];
    case '@path':
      return [mark < 0 ? call.url : call.url.slice(0, mark)];
    case '@query':
      return [mark < 0 ? '?' : call.url.slice(mark)];
    default:
      return null;
  }
}

/** RFC 9421 §2.2.3: in lower case, without the default port. */
function authorityOf({ host, protocol }: IncomingCall): string {
  return host.toLowerCase().replace(protocol === 'https' ? /:443$/ : /:80$/, '');
}
