import { OAuthError } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { PolledTokens } from '../polling/polled-tokens.service.js';
import { type GrantHandler, GrantType, type TokenRequest, type TokenResponse } from '../token/grant-type.js';
import { DeviceRequests } from './device-requests.service.js';

export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

/** RFC 8628 §3.4. */
@Injectable()
@GrantType(DEVICE_CODE)
export class DeviceCodeGrant implements GrantHandler {
  constructor(
    private readonly devices: DeviceRequests,
    private readonly tokens: PolledTokens,
  ) {}

  async handle(request: TokenRequest): Promise<TokenResponse> {
    const { device_code: code } = request.parameters;
    if (code === undefined)
      throw new OAuthError('invalid_request', 'device_code is missing (RFC 8628 section 3.4)');
    const { polled } = this.devices;
    return this.tokens.poll(polled, polled.idOf(code), request);
  }
}
