import { Documented } from '@gatehouse/admin';
import { Controller, Get, Header, Param } from '@nestjs/common';
import { z } from 'zod';
import { AdminApi } from '../admin/admin-api.js';
import { ConfigKinds } from './config-kinds.service.js';
import { documentSchema } from './configuration-document.js';

/** `/admin/v1/schemas/routes` …: the JSON Schema of each kind of configuration object. */
@Controller('admin/v1/schemas')
@AdminApi()
export class SchemasController {
  constructor(private readonly kinds: ConfigKinds) {}

  @Get('configuration')
  @Documented({ summary: 'Read the JSON Schema of gatehouse.yaml', answer: z.looseObject({}) })
  @Header('Cache-Control', 'no-store')
  configuration() {
    return documentSchema(this.kinds);
  }

  @Get(':kind')
  @Documented({ summary: 'Read the JSON Schema of a kind of object', answer: z.looseObject({}) })
  @Header('Cache-Control', 'no-store')
  schema(@Param('kind') kind: string) {
    return z.toJSONSchema(this.kinds.get(kind).schema, { io: 'input', unrepresentable: 'any' });
  }
}
