import { STATUS_CODES } from 'node:http';
import type { ZodError, ZodType, output } from 'zod';

/** One member of the request that cannot be used (an extension member of RFC 9457 §3.2). */
export interface FieldFault {
  /** A JSON pointer (RFC 6901), or the name of a query parameter. */
  readonly pointer: string;
  readonly detail: string;
}

export interface ProblemOptions {
  readonly errors?: readonly FieldFault[];
  /** A list stands for as many fields of that name. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** For the log alone. */
  readonly cause?: unknown;
}

/** An error in the form of RFC 9457, for everything that is not an OAuth endpoint. */
export class Problem extends Error {
  readonly errors: readonly FieldFault[];
  readonly headers: Readonly<Record<string, string | string[]>>;

  constructor(
    readonly status: number,
    readonly detail: string,
    options: ProblemOptions = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Problem';
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
  }

  /** The body of the answer. */
  toJSON() {
    return {
      type: 'about:blank',
      title: STATUS_CODES[this.status] ?? 'Error',
      status: this.status,
      detail: this.detail,
      ...(this.errors.length > 0 ? { errors: this.errors } : {}),
    };
  }
}

/**
 * Checks a request's body or query.
 * @throws Problem 422 that names each faulty member
 */
export function parse<Schema extends ZodType>(schema: Schema, value: unknown): output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Problem(422, 'Some members of the request cannot be used.', { errors: faultsOf(result.error) });
}

/** One line for each issue zod found. */
export function faultsOf(error: ZodError): FieldFault[] {
  return error.issues.map((issue) => ({
    pointer: issue.path
      .map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`)
      .join(''),
    detail: issue.message,
  }));
}
