import { Documented, OpenApiDocument } from '@gatehouse/admin';
import { Controller, Get, Header, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { z } from 'zod';
import { OpenApi } from './openapi.service.js';

/** `/admin/v1/openapi.json`: open to all, as it says nothing that the documentation does not. */
@Controller('admin/v1')
class OpenApiController {
  constructor(private readonly openApi: OpenApi) {}

  @Get('openapi.json')
  @Header('Access-Control-Allow-Origin', '*')
  @Header('Cache-Control', 'public, max-age=60')
  @Documented({ summary: 'This document', answer: z.looseObject({ openapi: z.string() }) })
  read() {
    return this.openApi.document();
  }
}

/** The admin API's OpenAPI 3.1 document. */
@Module({
  imports: [DiscoveryModule],
  controllers: [OpenApiController],
  providers: [OpenApi, OpenApiDocument],
})
export class OpenApiModule {}
