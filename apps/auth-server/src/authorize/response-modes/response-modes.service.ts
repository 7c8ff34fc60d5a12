import { OAuthError } from '@gatehouse/http';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { ReturnAddress } from '../authorization-request.js';
import {
  type AnswerMembers,
  type Delivery,
  ResponseMode,
  type ResponseModeHandler,
} from './response-mode.js';

/** Whether an answer holds more than a code, and so must not stand in a query. */
export function bearsTokens(responseTypes: readonly string[]): boolean {
  return responseTypes.includes('token') || responseTypes.includes('id_token');
}

/** All response modes this server has. */
@Injectable()
export class ResponseModes implements OnModuleInit {
  private readonly handlers = new Map<string, ResponseModeHandler>();

  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    for (const wrapper of this.discovery.getProviders({ metadataKey: ResponseMode.KEY })) {
      const name = this.discovery.getMetadataByDecorator(ResponseMode, wrapper);
      if (name === undefined) continue;
      if (this.handlers.has(name)) throw new Error(`Two providers claim the response mode ${name}`);
      this.handlers.set(name, wrapper.instance as ResponseModeHandler);
    }
  }

  /** For discovery. */
  names(): string[] {
    const names = [...this.handlers.keys()];
    return names.some((name) => name.endsWith('.jwt')) ? [...names, 'jwt'] : names;
  }

  /**
   * The mode of an answer, when none is asked for (OAuth 2.0 Multiple Response Types §5), and also for the error that
   * tells of an unusable `response_mode`.
   */
  defaultOf(responseTypes: readonly string[]): string {
    return bearsTokens(responseTypes) ? 'fragment' : 'query';
  }

  /**
   * The mode that a request asks for.
   * @throws OAuthError invalid_request
   */
  choose(asked: string | undefined, responseTypes: readonly string[], redirectUri: string): string {
    const usual = this.defaultOf(responseTypes);
    // JARM §2.3.4: `jwt` is the default mode of the response type, as a JWT.
    const name = asked === 'jwt' ? `${usual}.jwt` : (asked ?? usual);
    const handler = this.handlers.get(name);
    if (!handler) {
      throw new OAuthError('invalid_request', `response_mode must be one of ${this.names().join(', ')}`);
    }
    if (handler.byQuery && bearsTokens(responseTypes)) {
      throw new OAuthError('invalid_request', `response_mode ${name} must not carry tokens`);
    }
    if (name.startsWith('form_post') && !/^https?:/.test(redirectUri)) {
      throw new OAuthError('invalid_request', 'Nothing can be posted to a redirect_uri that is not http');
    }
    return name;
  }

  deliver(address: ReturnAddress, members: AnswerMembers): Delivery | Promise<Delivery> {
    // A mode that a module brought may have gone with it while somebody was signing in.
    const handler = this.handlers.get(address.responseMode) ?? this.handlers.get('fragment')!;
    return handler.deliver(address, members);
  }
}
