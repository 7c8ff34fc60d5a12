import { OAuthError, Problem } from '@gatehouse/http';
import { bearerToken } from '@gatehouse/token';
import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  Headers,
  HttpCode,
  Inject,
  Ip,
  Param,
  Post,
  Put,
} from '@nestjs/common';
import { Throttle } from '@nestjs/throttler';
import { CONFIG, type Config } from '../config.js';
import { REGISTRATION } from '../throttling/limits.js';
import { clientInformation } from './client-information.js';
import { type Members, RegistrationService } from './registration.service.js';

/** `/oauth2/register`: dynamic client registration (RFC 7591 §3) and its management (RFC 7592 §2). */
@Controller('oauth2/register')
export class RegistrationController {
  private readonly endpoint: string;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly registration: RegistrationService,
  ) {
    this.endpoint = `${config.issuer}/oauth2/register`;
  }

  @Post()
  @Header('Cache-Control', 'no-store')
  @Throttle(REGISTRATION)
  async register(
    @Body() body: unknown,
    @Headers('authorization') authorization: string | undefined,
    @Headers('content-type') type: string | undefined,
    @Ip() address: string,
  ) {
    this.checkOn();
    const token = credential(authorization);
    const registered = await this.registration.register(members(body, type), token, address);
    return clientInformation(registered, this.endpoint);
  }

  @Get(':client_id')
  @Header('Cache-Control', 'no-store')
  async read(
    @Param('client_id') clientId: string,
    @Headers('authorization') authorization: string | undefined,
  ) {
    this.checkOn();
    const token = credential(authorization);
    const client = await this.registration.authorize(clientId, token);
    return clientInformation({ client, secret: undefined, registrationToken: token! }, this.endpoint);
  }

  @Put(':client_id')
  @Header('Cache-Control', 'no-store')
  async update(
    @Param('client_id') clientId: string,
    @Body() body: unknown,
    @Headers('authorization') authorization: string | undefined,
    @Headers('content-type') type: string | undefined,
    @Ip() address: string,
  ) {
    this.checkOn();
    const token = credential(authorization);
    const client = await this.registration.authorize(clientId, token);
    const registered = await this.registration.update(client, members(body, type), token!, address);
    return clientInformation(registered, this.endpoint);
  }

  @Delete(':client_id')
  @HttpCode(204)
  @Header('Cache-Control', 'no-store')
  async delete(
    @Param('client_id') clientId: string,
    @Headers('authorization') authorization: string | undefined,
    @Ip() address: string,
  ): Promise<void> {
    this.checkOn();
    await this.registration.delete(
      await this.registration.authorize(clientId, credential(authorization)),
      address,
    );
  }

  private checkOn(): void {
    if (this.config.registration === 'off') throw new Problem(404, 'There is nothing at this address.');
  }
}

/** A header that is there but holds no token is a wrong token, not none. */
function credential(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : (bearerToken(authorization) ?? '');
}

/** RFC 7591 §3.1: a JSON object. */
function members(body: unknown, type: string | undefined): Members {
  const isJson = /^application\/json\s*(;|$)/i.test(type ?? '');
  if (!isJson || typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new OAuthError('invalid_client_metadata', 'The body must be a JSON object (RFC 7591 section 3.1)');
  }
  return body as Members;
}
