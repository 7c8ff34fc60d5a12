import { createCipheriv, createDecipheriv } from 'node:crypto';
import { sectorOf } from '@gatehouse/client';
import { deriveKey } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Client } from '../clients/client.entity.js';
import { CONFIG, type Config } from '../config.js';
import { type MetadataContributor, MetadataSource } from '../discovery/metadata-source.js';

const CACHED_SECTORS = 1_000;
const UUID = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;
/** 16 bytes in base64url. */
const PAIRWISE = /^[A-Za-z0-9_-]{21}[AQgw]$/;

/**
 * The `sub` by which a client knows a user (OpenID Connect Core §8). A pairwise one is the user's id, one block long,
 * encrypted under the key of the client's sector (§8.1): nobody can tell two of them to be one person, and this server
 * needs no table to know whom a client means.
 */
@Injectable()
@MetadataSource()
export class Subjects implements MetadataContributor {
  private readonly keys = new LRUCache<string, Buffer>({ max: CACHED_SECTORS });

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  metadata() {
    return { subject_types_supported: ['pairwise'] };
  }

  of(client: Client, userId: string): string {
    if (client.metadata.subject_type !== 'pairwise') return userId;
    const cipher = createCipheriv('aes-256-ecb', this.keyOf(client), null).setAutoPadding(false);
    const block = Buffer.from(userId.replaceAll('-', ''), 'hex');
    return Buffer.concat([cipher.update(block), cipher.final()]).toString('base64url');
  }

  /** Whom a client means; undefined when it can be nobody. */
  userIdOf(client: Client, subject: string): string | undefined {
    if (client.metadata.subject_type !== 'pairwise') return subject;
    if (!PAIRWISE.test(subject)) return undefined;
    const decipher = createDecipheriv('aes-256-ecb', this.keyOf(client), null).setAutoPadding(false);
    const block = Buffer.concat([decipher.update(Buffer.from(subject, 'base64url')), decipher.final()]);
    return block.toString('hex').replace(UUID, '$1-$2-$3-$4-$5');
  }

  private keyOf(client: Client): Buffer {
    const sector = sectorOf(client.metadata);
    // Its metadata was checked when it was registered.
    if (sector === undefined) throw new Error(`The client ${client.clientId} has no sector`);
    let key = this.keys.get(sector);
    if (!key) this.keys.set(sector, (key = deriveKey(this.config.secret, `pairwise subjects of ${sector}`)));
    return key;
  }
}
