import { demandMatch } from '@gatehouse/admin';
import { Injectable } from '@nestjs/common';
import type { Author } from './config-events.service.js';
import { ConfigKinds } from './config-kinds.service.js';
import type { ConfigRow } from './config-row.js';
import { ConfigurationChanges } from './configuration-changes.service.js';
import type { ConfigurationDraft, ObjectChange } from './configuration-draft.js';
import { ConfigurationStore } from './configuration-store.service.js';
import { mergePatch } from './merge-patch.js';

/** The body by which the admin API shows an object. */
export type ConfigBody = Record<string, unknown> & { readonly id: string };

export interface WrittenObject {
  readonly body: ConfigBody;
  /** What this answer alone tells. */
  readonly shownOnce: object | undefined;
}

/** Who changes an object, and what it must still be (`If-Match`). */
export interface WriteTerms {
  readonly author: Author;
  readonly ifMatch?: string | undefined;
}

/** The changes the gateway makes by itself. */
export const GATEWAY_ITSELF: WriteTerms = { author: {} };

/** Objects of every kind, one at a time. Each write is live in this process when it is done. */
@Injectable()
export class ConfigObjects {
  constructor(
    private readonly changes: ConfigurationChanges,
    private readonly store: ConfigurationStore,
    private readonly kinds: ConfigKinds,
  ) {}

  /** A page by name, beginning after a name, of all or of some of them. */
  async list(
    kind: string,
    after: string,
    limit: number,
    isWanted: (row: ConfigRow) => boolean = () => true,
  ): Promise<ConfigRow[]> {
    const rows = (await this.changes.read()).of(kind);
    return rows.filter((row) => row.name > after && isWanted(row)).slice(0, limit);
  }

  /** @throws Problem 404 */
  async read(kind: string, idOrName: string): Promise<ConfigRow> {
    return (await this.changes.read()).get(kind, idOrName);
  }

  /** @throws Problem 409 when the name is taken, 422 that names each fault */
  create(kind: string, sent: unknown, { author }: WriteTerms = GATEWAY_ITSELF): Promise<WrittenObject> {
    return this.write(author, (draft) => draft.put(kind, sent));
  }

  /** @throws Problem 404, 409, 412, 422 */
  replace(kind: string, idOrName: string, sent: unknown, terms = GATEWAY_ITSELF): Promise<WrittenObject> {
    return this.write(terms.author, (draft) => {
      const before = draft.get(kind, idOrName);
      demandMatch(terms.ifMatch, this.bodyOf(before));
      return draft.put(kind, sent, before);
    });
  }

  /** @throws Problem 404, 409, 412, 422 */
  patch(kind: string, idOrName: string, patch: unknown, terms = GATEWAY_ITSELF): Promise<WrittenObject> {
    return this.write(terms.author, (draft) => {
      const before = draft.get(kind, idOrName);
      demandMatch(terms.ifMatch, this.bodyOf(before));
      return draft.put(kind, mergePatch(before.definition, patch), before);
    });
  }

  /** Replaces one member, which a patch would merge. @throws Problem 404, 409, 412, 422 */
  replaceMember(kind: string, idOrName: string, member: string, value: unknown, terms = GATEWAY_ITSELF) {
    return this.write(terms.author, (draft) => {
      const before = draft.get(kind, idOrName);
      demandMatch(terms.ifMatch, this.bodyOf(before));
      return draft.put(kind, { ...(before.definition as object), [member]: value }, before);
    });
  }

  /** @throws Problem 404, 412, and 409 when something names it */
  async delete(kind: string, idOrName: string, terms = GATEWAY_ITSELF): Promise<void> {
    await this.changes.change(terms.author, (draft) => {
      const before = draft.get(kind, idOrName);
      demandMatch(terms.ifMatch, this.bodyOf(before));
      draft.remove(before);
    });
  }

  /** What callers see of an object. */
  bodyOf({ id, kind, name, definition, createdAt, updatedAt }: ConfigRow): ConfigBody {
    const { schema, shown } = this.kinds.get(kind);
    const parsed = schema.safeParse(definition);
    // Of what nobody checked no more than this is shown: it may be a secret in the wrong place.
    if (!parsed.success && shown) return { id, name };
    const members = shown ? shown.call(this.kinds.get(kind), parsed.data) : definition;
    return {
      id,
      ...(typeof members === 'object' ? members : { name }),
      created_at: createdAt.toISOString(),
      updated_at: updatedAt.toISOString(),
    };
  }

  private async write(
    author: Author,
    work: (draft: ConfigurationDraft) => ObjectChange | undefined,
  ): Promise<WrittenObject> {
    const { after, shownOnce } = (await this.changes.change(author, work))!;
    // As PostgreSQL gives it back, since its entity tag is made of that.
    const row = this.store.lastRead(after!.id) ?? after!;
    return { body: this.bodyOf(row), shownOnce };
  }
}
