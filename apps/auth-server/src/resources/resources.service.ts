import { OAuthError } from '@gatehouse/http';
import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, type Repository } from 'typeorm';
import { CONFIG, type Config } from '../config.js';
import {
  type AccessTokenSettings,
  combine,
  DEFAULT_SETTINGS,
  type ResourceSettings,
} from './resource-settings.js';
import { ResourceScope } from './resource-scope.entity.js';
import { Resource } from './resource.entity.js';

/** Scopes of OpenID Connect Core §5.4 and §11, which belong to this server and to no resource. */
export const OPENID_SCOPES: Readonly<Record<string, string>> = {
  openid: 'Know who you are',
  profile: 'See your name',
  email: 'See your e-mail address',
  address: 'See your postal address',
  phone: 'See your phone number',
  offline_access: 'Stay signed in while you are away',
};

/** Scopes that only an administrator gives, to a client of their own; nobody can consent to them. */
export const OPERATOR_SCOPES: ReadonlySet<string> = new Set(['admin', 'introspect', 'revocations']);

const FRESH_MS = 1_000;

export interface Target {
  readonly scopes: string[];
  /** The resources that tokens are for: their audience. */
  readonly resources: string[];
}

interface ScopeTable {
  readonly byScope: ReadonlyMap<string, readonly ResourceScope[]>;
  readonly resources: ReadonlySet<string>;
  /** Of the resources that want something special. */
  readonly settings: ReadonlyMap<string, Resource>;
}

/** Knows which scope is of which resource (an API): from it follows what a token is for. */
@Injectable()
export class ResourcesService {
  private table: { readonly at: number; readonly scopes: Promise<ScopeTable> } | undefined;

  constructor(
    @InjectRepository(ResourceScope) private readonly repository: Repository<ResourceScope>,
    @InjectRepository(Resource) private readonly settings: Repository<Resource>,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * What a request is for. Without `resource` that follows from its scopes; with it, every scope must be of one of
   * the resources named (RFC 8707 §2).
   * @throws OAuthError invalid_scope, invalid_target
   */
  async resolve(scopes: readonly string[], resource: readonly string[]): Promise<Target> {
    const table = await this.scopes();
    const named = new Set(resource);
    for (const one of named) {
      if (!table.resources.has(one) && one !== this.config.issuer) {
        throw new OAuthError(
          'invalid_target',
          'resource names an API that is not registered here (RFC 8707 section 2)',
        );
      }
    }
    const resources = new Set<string>(named);
    for (const scope of scopes) {
      if (scope in OPENID_SCOPES) continue;
      const rows = table.byScope.get(scope);
      if (!rows) throw new OAuthError('invalid_scope', `The scope ${scope} does not exist`);
      if (named.size === 0) for (const row of rows) resources.add(row.resource);
      else if (!rows.some((row) => named.has(row.resource))) {
        throw new OAuthError('invalid_target', `The scope ${scope} is not of the resource that is asked for`);
      }
    }
    return { scopes: [...scopes], resources: [...resources] };
  }

  /** Those of `scopes` that mean something to one of the resources. */
  async scopesOf(scopes: readonly string[], resources: readonly string[]): Promise<string[]> {
    const table = await this.scopes();
    return scopes.filter((scope) => {
      if (scope in OPENID_SCOPES) return resources.includes(this.config.issuer);
      return table.byScope.get(scope)?.some((row) => resources.includes(row.resource)) ?? false;
    });
  }

  /** `resources` without those whose scopes, held before, are all gone: an audience follows its scopes. */
  async withoutUnused(
    resources: readonly string[],
    before: readonly string[],
    now: readonly string[],
  ): Promise<string[]> {
    const table = await this.scopes();
    const isOf = (resource: string) => (scope: string) =>
      table.byScope.get(scope)?.some((row) => row.resource === resource) ?? false;
    return resources.filter((resource) => now.some(isOf(resource)) || !before.some(isOf(resource)));
  }

  /** What each scope means, for people. */
  async describe(scopes: readonly string[]): Promise<{ scope: string; description: string }[]> {
    const table = await this.scopes();
    return scopes.map((scope) => ({
      scope,
      description: OPENID_SCOPES[scope] ?? table.byScope.get(scope)?.[0]?.description ?? scope,
    }));
  }

  /** Every scope that a client may ask for, for discovery. */
  async names(): Promise<string[]> {
    return [...Object.keys(OPENID_SCOPES), ...(await this.scopes()).byScope.keys()];
  }

  /** Sets the scopes of a resource to exactly these. */
  async put(resource: string, scopes: Readonly<Record<string, string>>): Promise<void> {
    const rows = Object.entries(scopes).map(([scope, description]) => ({ resource, scope, description }));
    const before = await this.repository.findBy({ resource });
    const gone = before.filter((row) => !(row.scope in scopes)).map((row) => row.scope);
    if (gone.length > 0) await this.repository.delete({ resource, scope: In(gone) });
    await this.repository.upsert(rows, ['resource', 'scope']);
    this.table = undefined;
  }

  /** What the resources of a token want of it. */
  async tokenSettings(resources: readonly string[]): Promise<AccessTokenSettings> {
    const { settings } = await this.scopes();
    if (settings.size === 0) return DEFAULT_SETTINGS;
    return combine(resources.flatMap((one) => settings.get(one) ?? []));
  }

  /** Sets what a resource wants of its access tokens. */
  async putSettings(resource: string, settings: ResourceSettings): Promise<void> {
    await this.settings.upsert(
      {
        resource,
        accessTokenFormat: settings.access_token_format,
        accessTokenLifetime: settings.access_token_lifetime ?? null,
        accessTokenSigningAlg: settings.access_token_signing_alg,
        claimsMapping: settings.claims_mapping,
      },
      ['resource'],
    );
    this.table = undefined;
  }

  /** The identifiers of a page of resources, in their order, after `cursor`. */
  async list(cursor: string, limit: number): Promise<string[]> {
    const rows = await this.repository.query<{ resource: string }[]>(
      'SELECT DISTINCT resource FROM auth.resource_scope WHERE resource > $1 ORDER BY resource LIMIT $2',
      [cursor, limit],
    );
    return rows.map(({ resource }) => resource);
  }

  /** A resource as administrators see it. */
  async read(resource: string) {
    const [rows, settings] = await Promise.all([
      this.repository.find({ where: { resource }, order: { scope: 'ASC' } }),
      this.settings.findOneBy({ resource }),
    ]);
    if (rows.length === 0) return undefined;
    return {
      resource,
      scopes: Object.fromEntries(rows.map(({ scope, description }) => [scope, description])),
      access_token_format: settings?.accessTokenFormat ?? ('jwt' as const),
      ...(settings?.accessTokenLifetime ? { access_token_lifetime: settings.accessTokenLifetime } : {}),
      access_token_signing_alg: settings?.accessTokenSigningAlg ?? DEFAULT_SETTINGS.alg,
      claims_mapping: settings?.claimsMapping ?? {},
    };
  }

  async delete(resource: string): Promise<void> {
    await this.repository.delete({ resource });
    await this.settings.delete({ resource });
    this.table = undefined;
  }

  private scopes(): Promise<ScopeTable> {
    const now = Date.now();
    if (this.table && now - this.table.at < FRESH_MS) return this.table.scopes;
    const scopes = this.load();
    this.table = { at: now, scopes };
    scopes.catch(() => (this.table = undefined));
    return scopes;
  }

  private async load(): Promise<ScopeTable> {
    const [rows, settings] = await Promise.all([
      this.repository.find({ order: { resource: 'ASC' } }),
      this.settings.find(),
    ]);
    return {
      byScope: groupByScope(rows),
      resources: new Set(rows.map((row) => row.resource)),
      settings: new Map(settings.map((one) => [one.resource, one])),
    };
  }
}

function groupByScope(rows: readonly ResourceScope[]): Map<string, ResourceScope[]> {
  const groups = new Map<string, ResourceScope[]>();
  for (const row of rows) groups.set(row.scope, [...(groups.get(row.scope) ?? []), row]);
  return groups;
}
