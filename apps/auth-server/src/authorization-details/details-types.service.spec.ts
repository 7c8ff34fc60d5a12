import { Injectable } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { getRepositoryToken } from '@nestjs/typeorm';
import { z } from 'zod';
import type { AuthorizationDetail } from '../authorize/authorization-details.js';
import { AuthorizationDetails } from './authorization-details.service.js';
import { type AuthorizationDetailsHandler, AuthorizationDetailsType } from './authorization-details-type.js';
import { DetailsType } from './details-type.entity.js';
import { DetailsTypes } from './details-types.service.js';

@Injectable()
@AuthorizationDetailsType('transfer')
class Transfer implements AuthorizationDetailsHandler {
  readonly schema = z.strictObject({ type: z.literal('transfer'), limit: z.int().positive() });
  readonly title = 'Send money';
  describe({ limit }: AuthorizationDetail) {
    return [`Up to ${String(limit)} EUR`];
  }
  covers(granted: AuthorizationDetail, asked: AuthorizationDetail) {
    return Number(asked.limit) <= Number(granted.limit);
  }
}

@Injectable()
@AuthorizationDetailsType('transfer')
class SecondTransfer extends Transfer {}

const client = { metadata: { authorization_details_types: ['transfer'] } } as never;

function testing(...handlers: (typeof Transfer)[]) {
  const repository = { provide: getRepositoryToken(DetailsType), useValue: { find: async () => [] } };
  const providers = [DetailsTypes, AuthorizationDetails, repository, ...handlers];
  return Test.createTestingModule({ imports: [DiscoveryModule], providers }).compile();
}

describe('an authorization details type of a module (RFC 9396 §2.1)', () => {
  it('is checked, described and narrowed in its own words, and named in discovery', async () => {
    const app = await (await testing(Transfer)).init();
    const details = app.get(AuthorizationDetails);
    const granted = await details.read(client, '[{"type":"transfer","limit":100}]');
    expect(await details.describe(granted)).toEqual([{ title: 'Send money', lines: ['Up to 100 EUR'] }]);
    expect(await details.narrow(client, granted, '[{"type":"transfer","limit":50}]')).toHaveLength(1);
    await expect(details.narrow(client, granted, '[{"type":"transfer","limit":101}]')).rejects.toThrow(
      'more than',
    );
    await expect(details.read(client, '[{"type":"transfer","limit":-1}]')).rejects.toThrow('cannot be used');
    expect(await details.metadata()).toEqual({ authorization_details_types_supported: ['transfer'] });
    await app.close();
  });

  it('is of one module only', async () => {
    await expect((await testing(Transfer, SecondTransfer)).init()).rejects.toThrow('Two providers');
  });
});
