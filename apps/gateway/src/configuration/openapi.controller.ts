import { Documented, type DocumentedEndpoint, type JsonObject, OpenApiDocument } from '@gatehouse/admin';
import { Controller, Get, Header, Inject } from '@nestjs/common';
import { z } from 'zod';
import { CONFIG, type Config } from '../config.js';
import { ConfigKinds, memberOf } from './config-kinds.service.js';
import { LIST, OBJECT, SHOWN } from './config-objects.controller.js';

/** The path of the endpoints that every kind of configuration object has. */
const OF_A_KIND = '/admin/v1/:kind';

/** `/admin/v1/openapi.json`: open to all, as it says nothing that the documentation does not. */
@Controller('admin/v1')
export class OpenApiController {
  private made: JsonObject | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly openApi: OpenApiDocument,
    private readonly kinds: ConfigKinds,
  ) {}

  @Get('openapi.json')
  @Header('Access-Control-Allow-Origin', '*')
  @Header('Cache-Control', 'public, max-age=60')
  @Documented({ summary: 'This document', answer: z.looseObject({ openapi: z.string() }) })
  read() {
    return (this.made ??= this.openApi.make({
      title: 'Gatehouse gateway administration',
      server: this.config.gatewayUrl,
      tokenUrl: `${this.config.issuer}/oauth2/token`,
      expand: (endpoint) => this.ofEachKind(endpoint),
    }));
  }

  private ofEachKind(endpoint: DocumentedEndpoint): DocumentedEndpoint[] {
    const { path, documentation } = endpoint;
    if (path !== OF_A_KIND && !path.startsWith(`${OF_A_KIND}/`)) return [endpoint];
    return this.kinds.all().map(([plural, { singular, schema }]) => {
      const { summary, body, answer } = documentation!;
      const list = z.object({ [memberOf(plural)]: z.array(SHOWN), ...LIST.shape });
      return {
        ...endpoint,
        path: path.replace(':kind', plural),
        name: endpoint.name.replace(':kind', plural),
        documentation: {
          ...documentation!,
          summary: summary.replace(/\ban object\b/, `the ${singular}`).replace(/\bobjects\b/, plural),
          ...(body === OBJECT ? { body: schema } : {}),
          ...(answer === LIST ? { answer: list } : {}),
        },
      };
    });
  }
}
