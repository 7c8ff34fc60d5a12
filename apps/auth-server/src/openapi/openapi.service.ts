import { type JsonObject, OpenApiDocument } from '@gatehouse/admin';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';

/** The OpenAPI document of the admin API. */
@Injectable()
export class OpenApi {
  private made: JsonObject | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly openApi: OpenApiDocument,
  ) {}

  /** Made at the first request: by then all modules are there, and it does not change. */
  document(): JsonObject {
    const { issuer } = this.config;
    return (this.made ??= this.openApi.make({
      title: 'Gatehouse administration',
      server: issuer,
      tokenUrl: `${issuer}/oauth2/token`,
    }));
  }
}
