import type { SecretBox } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import {
  type Configuration,
  type ConfigObject,
  type ConfigurationUser,
  UsesConfiguration,
} from '../configuration/config-kind.js';
import type { LoginClient } from './login-client.js';
import { builtInClient, compileLoginClient, credentialBox } from './login-client-compiler.js';
import { BUILT_IN, type LoginClientDefinition } from './login-client-definition.js';
import { LoginClientKind } from './login-client.kind.js';

type Clients = ReadonlyMap<string, LoginClient>;

/** The login clients in force, and the built-in one. */
@Injectable()
@UsesConfiguration()
export class LoginClients implements ConfigurationUser {
  private readonly builtIn: LoginClient;
  private readonly box: SecretBox;
  private readonly compiled = new WeakMap<ConfigObject, LoginClient>();
  private clients: Clients;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly kind: LoginClientKind,
  ) {
    this.builtIn = builtInClient(config);
    this.box = credentialBox(config);
    this.clients = new Map([[BUILT_IN, this.builtIn]]);
  }

  prepare(next: Configuration): () => void {
    const clients = new Map([[BUILT_IN, this.builtIn]]);
    for (const [name, object] of next.of<LoginClientDefinition>(this.kind)) {
      clients.set(name, this.compile(object));
    }
    return () => {
      this.clients = clients;
    };
  }

  /** @param name undefined: the built-in one */
  get(name: string = BUILT_IN): LoginClient | undefined {
    return this.clients.get(name);
  }

  all(): LoginClient[] {
    return [...this.clients.values()];
  }

  /** One by which people of an issuer sign in. */
  atIssuer(issuer: string): LoginClient | undefined {
    return this.all().find((client) => client.issuer === issuer);
  }

  /** Those that a provider means by a client id. */
  addressedBy(issuer: string, clientIds: readonly string[]): LoginClient[] {
    return this.all().filter((client) => client.issuer === issuer && clientIds.includes(client.clientId));
  }

  private compile(object: ConfigObject<LoginClientDefinition>): LoginClient {
    const known = this.compiled.get(object);
    if (known) return known;
    const client = compileLoginClient(object.definition, this.config, this.box);
    this.compiled.set(object, client);
    return client;
  }
}
