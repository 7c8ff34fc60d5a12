import { OAuthError } from './oauth-error.js';

/** Request parameters of an OAuth endpoint: each at most once (RFC 6749 §3.1 and §3.2), but for `resource`. */
export interface Parameters {
  readonly single: Readonly<Record<string, string | undefined>>;
  /** RFC 8707 §2: the one parameter that may be sent several times. */
  readonly resource: readonly string[];
}

const MAX_VALUE = 8_192;

/**
 * Reads a query or a form. A parameter without a value counts as left out (RFC 6749 §3.1).
 * @throws OAuthError invalid_request when a parameter is repeated or too long
 */
export function readParameters(source: unknown): Parameters {
  const single: Record<string, string | undefined> = Object.create(null) as Record<
    string,
    string | undefined
  >;
  let resource: string[] = [];
  for (const [name, value] of Object.entries((source ?? {}) as Record<string, string | string[]>)) {
    const values = (Array.isArray(value) ? value : [value]).filter((one) => one !== '');
    if (values.some((one) => typeof one !== 'string' || one.length > MAX_VALUE)) {
      throw new OAuthError(
        'invalid_request',
        `A parameter is longer than ${MAX_VALUE} characters or is not text`,
      );
    }
    if (name === 'resource') resource = values;
    else if (Array.isArray(value))
      throw new OAuthError('invalid_request', `${printable(name)} is sent more than once`);
    else single[name] = values[0];
  }
  return { single, resource };
}

function printable(name: string): string {
  return /^[\w.-]{1,64}$/.test(name) ? name : 'A parameter';
}
