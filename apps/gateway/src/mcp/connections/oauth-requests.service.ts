import { GuardedFetch, type GuardedRequest, type GuardedResponse } from '@gatehouse/guarded-fetch';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { customFetch, type CustomFetchOptions, allowInsecureRequests } from 'oauth4webapi';
import { CONFIG, type Config } from '../../config.js';

const MAX_ANSWER = 262_144;
const TIMEOUT_MS = 10_000;
/** Whatever it says; redirects are not followed. */
const STATUSES = [...range(200, 300), ...range(400, 600)];

type Body = URLSearchParams | string | null | undefined;

/** Asks servers and their authorization servers, wherever those say that something is: by the guarded fetch alone. */
@Injectable()
export class OAuthRequests implements OnApplicationShutdown {
  private readonly guarded: GuardedFetch;

  /** For the requests of oauth4webapi. Whether one may be http, the guarded fetch says. */
  readonly options = {
    [customFetch]: (url: string, asked: CustomFetchOptions<string, Body>) => this.fetch(url, asked),
    [allowInsecureRequests]: true,
  };

  constructor(@Inject(CONFIG) { allowPrivateAddresses }: Config) {
    this.guarded = new GuardedFetch({ allowPrivateAddresses });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.guarded.close();
  }

  /** Why nobody may be sent there, or asked there; undefined where it is all right. */
  urlFault(url: string): string | undefined {
    return this.guarded.urlFault(url);
  }

  /** @throws GuardedFetchError */
  send(url: string, request: GuardedRequest): Promise<GuardedResponse> {
    return this.guarded.fetch(url, {
      maxBytes: MAX_ANSWER,
      timeoutMs: TIMEOUT_MS,
      statuses: STATUSES,
      ...request,
    });
  }

  private async fetch(url: string, { method, headers, body }: CustomFetchOptions<string, Body>) {
    const answer = await this.send(url, {
      method: method === 'POST' ? 'POST' : 'GET',
      headers,
      ...(body == null ? {} : { body: body.toString() }),
    });
    const fields = Object.entries(answer.headers).flatMap(([name, values]) =>
      [values ?? []].flat().map((value): [string, string] => [name, value]),
    );
    const content = answer.body.length === 0 ? null : new Uint8Array(answer.body);
    return new Response(content, { status: answer.status, headers: fields });
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
