import { Documented } from '@gatehouse/admin';
import { parse, Problem } from '@gatehouse/http';
import { Body, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { z } from 'zod';
import { AdminApi } from '../admin/admin-api.js';
import { Audit } from '../audit/audit.service.js';
import { DetailsTypes } from './details-types.service.js';
import { compileSchema } from './json-schema.js';

const name = z.string().regex(/^[\x21-\x7E]{1,100}$/, 'must be 1 to 100 visible ASCII characters');

const definition = z.strictObject({
  title: z.string().min(1).max(200),
  schema: z
    .record(z.string(), z.unknown())
    .refine((schema) => JSON.stringify(schema).length <= 20_000, 'is longer than 20,000 characters'),
});

const typeAnswer = z.object({
  type: z.string(),
  title: z.string(),
  schema: z.record(z.string(), z.unknown()),
});

/** `/admin/v1/authorization-details-types`: which authorization details (RFC 9396) there are. */
@AdminApi('authorization-details-types')
export class DetailsTypesController {
  constructor(
    private readonly types: DetailsTypes,
    private readonly audit: Audit,
  ) {}

  @Get()
  @Documented({
    summary: 'List the types of authorization details',
    answer: z.object({ authorization_details_types: z.array(typeAnswer) }),
  })
  async list() {
    const rows = await this.types.list();
    return { authorization_details_types: rows.map(({ type, title, schema }) => ({ type, title, schema })) };
  }

  @Put(':type')
  @Documented({ summary: 'Define a type, or replace it', body: definition, answer: typeAnswer })
  async put(@Param('type') type: string, @Body() body: unknown) {
    parse(z.object({ type: name }), { type });
    const { title, schema } = parse(definition, body);
    if (this.types.isBuiltIn(type)) throw new Problem(409, 'This type is defined by a module of the server.');
    checkSchema(type, schema);
    await this.types.put(type, title, schema);
    this.audit.record({ type: 'authorization_details_type.changed', detail: { type } });
    return { type, title, schema };
  }

  @Delete(':type')
  @HttpCode(204)
  @Documented({ summary: 'Delete a type' })
  async delete(@Param('type') type: string): Promise<void> {
    if (!(await this.types.remove(type))) throw new Problem(404, 'There is no such type.');
    this.audit.record({ type: 'authorization_details_type.deleted', detail: { type } });
  }
}

function checkSchema(type: string, schema: Readonly<Record<string, unknown>>): void {
  try {
    compileSchema(type, schema);
  } catch {
    throw new Problem(422, 'Some members of the request cannot be used.', {
      errors: [
        { pointer: '/schema', detail: 'must be a JSON Schema of an object, without remote references' },
      ],
    });
  }
}
