import type { FieldFault } from '@gatehouse/http';
import { Ajv, type AnySchema, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { linearPattern } from './linear-pattern.js';
import { uniqueItems } from './unique-items.js';

/** Checks a value. @returns what is wrong with it, or nothing */
export type SchemaCheck = (value: unknown) => FieldFault[];

const OPTIONS: Options = {
  // Documents have members that are no keywords of JSON Schema: `example`, `xml`, `discriminator`, `x-…`.
  strict: false,
  validateSchema: false,
  // A name such as `toString` is not there just because every object has it.
  ownProperties: true,
  logger: false,
  code: { regExp: linearPattern as never },
};

const ROOT = 'gatehouse:document';

/** Compiles schemas of one document, each once. */
export class Schemas {
  private readonly ajv: Ajv;

  /**
   * @param document what `$ref` may point into: nothing outside of it is ever fetched
   * @param dialect `draft-07` for OpenAPI 3.0, whose schemas are nearest to it
   */
  constructor(document: object, dialect: '2020-12' | 'draft-07', coerce = false) {
    const options = { ...OPTIONS, ...(coerce ? { coerceTypes: true } : {}) };
    this.ajv = dialect === 'draft-07' ? new Ajv(options) : (new Ajv2020(options) as unknown as Ajv);
    addFormats.default(this.ajv as never);
    this.ajv.removeKeyword('uniqueItems').addKeyword(uniqueItems);
    this.ajv.addSchema(document as AnySchema, ROOT);
  }

  /** @param pointer of the schema within the document @throws Error when it cannot be used */
  at(pointer: string): SchemaCheck {
    return checkBy(this.ajv.compile({ $ref: `${ROOT}#${encodePointer(pointer)}` }));
  }
}

function checkBy(validate: ValidateFunction): SchemaCheck {
  return (value) => (validate(value) ? [] : faultsOf(validate.errors ?? []));
}

/** A pointer as the fragment of an address (RFC 6901 §6). */
function encodePointer(pointer: string): string {
  return pointer.split('/').map(encodeURIComponent).join('/');
}

function faultsOf(errors: readonly ErrorObject[]): FieldFault[] {
  return errors.slice(0, 10).map((error) => ({
    pointer: error.instancePath + memberOf(error),
    detail: error.message ?? 'is not as the schema says',
  }));
}

/** The member that is missing, or too many, rather than the object around it. */
function memberOf({ params }: ErrorObject): string {
  const { missingProperty, additionalProperty, unevaluatedProperty } = params as Record<
    string,
    string | undefined
  >;
  const name = missingProperty ?? additionalProperty ?? unevaluatedProperty;
  return name === undefined ? '' : `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
