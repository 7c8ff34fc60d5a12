import { OAuthError } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import {
  type AuthorizationDetail,
  DetailsReader,
  type DetailText,
} from '../authorize/authorization-details.js';
import type { Client } from '../clients/client.entity.js';
import { type MetadataContributor, MetadataSource } from '../discovery/metadata-source.js';
import { covers } from './covers.js';
import { linesOf } from './detail-lines.js';
import { DetailsTypes } from './details-types.service.js';

const MOST = 20;
/** More than a person can read before they agree. */
const MOST_LINES = 100;

const shape = z
  .array(z.looseObject({ type: z.string() }))
  .min(1)
  .max(MOST);

/** Rich authorization requests (RFC 9396). */
@Injectable()
@MetadataSource()
export class AuthorizationDetails extends DetailsReader implements MetadataContributor {
  constructor(private readonly types: DetailsTypes) {
    super();
  }

  async read(client: Client, value: string): Promise<AuthorizationDetail[]> {
    const result = shape.safeParse(parsed(value));
    if (!result.success)
      throw invalid('authorization_details must be a JSON array of objects that have a type');
    for (const detail of result.data) await this.check(client, detail);
    return result.data;
  }

  async describe(details: readonly AuthorizationDetail[]): Promise<DetailText[]> {
    return Promise.all(details.map((detail) => this.text(detail)));
  }

  async narrow(
    client: Client,
    granted: readonly AuthorizationDetail[],
    value: string,
  ): Promise<AuthorizationDetail[]> {
    const asked = await this.read(client, value);
    for (const detail of asked) {
      const { covers: check = covers } = (await this.types.find(detail.type))!;
      const isGranted = granted.some((one) => one.type === detail.type && check(one, detail));
      if (!isGranted)
        throw invalid('authorization_details asks for more than was granted (RFC 9396 section 6)');
    }
    return asked;
  }

  async metadata() {
    const types = await this.types.names();
    // RFC 8414 §3.2: a list without members is left out.
    return types.length === 0 ? {} : { authorization_details_types_supported: types };
  }

  /** RFC 9396 §5: unknown types and members, wrong and missing ones are refused. */
  private async check({ metadata }: Client, detail: AuthorizationDetail): Promise<void> {
    const type = await this.types.find(detail.type);
    if (!type) throw invalid('A type of authorization_details is not known here');
    if (!metadata.authorization_details_types?.includes(detail.type))
      throw invalid('The client is not registered for a type of its authorization_details');
    const result = type.schema.safeParse(detail);
    if (!result.success)
      throw invalid(`A member of authorization_details cannot be used: ${place(result.error)}`);
    if ((await this.text(detail)).lines.length > MOST_LINES)
      throw invalid('authorization_details is too long');
  }

  private async text(detail: AuthorizationDetail): Promise<DetailText> {
    const { type, ...members } = detail;
    const handler = await this.types.find(type);
    return { title: handler?.title ?? type, lines: handler?.describe?.(detail) ?? linesOf(members) };
  }
}

/** The path of the first faulty member; characters that RFC 6749 §4.1.2.1 forbids in a description are left out. */
function place({ issues: [issue] }: z.ZodError): string {
  const path = [...(issue?.path ?? []), ...((issue as { keys?: string[] } | undefined)?.keys ?? [])];
  return (
    path
      .join('.')
      .replace(/[^\w.-]/g, '')
      .slice(0, 100) || 'the object'
  );
}

function invalid(description: string): OAuthError {
  return new OAuthError('invalid_authorization_details', description);
}

function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
