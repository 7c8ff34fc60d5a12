import type { FieldFault } from '@gatehouse/http';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type SchemaCheck, Schemas } from '../../policies/validate/schema-check.js';
import type { JsonObject, JsonValue } from '../../wire/json.js';

/** Knows what a schema may look like; schemas of variables are not compiled with it. */
const meta = new Ajv2020({ strict: false, logger: false });

interface Variable {
  readonly check: SchemaCheck;
  /** In place of one that is not given; undefined: it has to be. */
  readonly otherwise: JsonValue | undefined;
}

/** The variables of a prompt. */
export class Variables {
  private readonly declared: ReadonlyMap<string, Variable>;

  /** @throws Error where a schema cannot be used: `schemaFault` tells which */
  constructor(schemas: AiPromptSchemas) {
    this.declared = new Map(
      Object.entries(schemas).map(([name, schema]) => [
        name,
        { check: compile(schema), otherwise: (schema as JsonObject).default },
      ]),
    );
  }

  has(name: string): boolean {
    return this.declared.has(name);
  }

  /** What is wrong with those that are given. */
  faults(given: JsonObject): FieldFault[] {
    const unknown = Object.keys(given).filter((name) => !this.declared.has(name));
    return [
      ...unknown.map((name) => ({ pointer: pointerOf(name), detail: 'is no variable of this prompt' })),
      ...[...this.declared].flatMap(([name, variable]) => {
        if (Object.hasOwn(given, name)) return faultsOf(name, variable.check(given[name]));
        return variable.otherwise === undefined ? [{ pointer: pointerOf(name), detail: 'is missing' }] : [];
      }),
    ];
  }

  /** As they stand in a template: texts as they are, and everything else as JSON. @param given without faults */
  texts(given: JsonObject): ReadonlyMap<string, string> {
    return new Map(
      [...this.declared].map(([name, { otherwise }]) => {
        const value = Object.hasOwn(given, name) ? given[name] : otherwise;
        return [name, typeof value === 'string' ? value : JSON.stringify(value)];
      }),
    );
  }
}

export type AiPromptSchemas = Readonly<Record<string, object>>;

/** What is wrong with the schema of a variable, or of an answer. */
export function schemaFault(schema: object): string | undefined {
  try {
    if (!meta.validateSchema(schema)) return `is no JSON Schema: ${meta.errorsText(meta.errors)}`;
    const faults = 'default' in schema ? compile(schema)(schema.default) : void compile(schema);
    return faults && faults.length > 0 ? 'has a default that it does not allow' : undefined;
  } catch (error) {
    return `cannot be used: ${(error as Error).message}`;
  }
}

/** Each is a document of its own, into which its `$ref`s lead. */
function compile(schema: object): SchemaCheck {
  return new Schemas(schema, '2020-12').at('');
}

function faultsOf(name: string, faults: readonly FieldFault[]): FieldFault[] {
  return faults.map(({ pointer, detail }) => ({ pointer: `${pointerOf(name)}${pointer}`, detail }));
}

function pointerOf(name: string): string {
  return `/variables/${name.slice(0, 200).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
