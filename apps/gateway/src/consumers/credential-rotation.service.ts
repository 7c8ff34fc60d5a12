import { demandMatch } from '@gatehouse/admin';
import { Problem } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import {
  ConfigObjects,
  type WriteTerms,
  type WrittenObject,
} from '../configuration/config-objects.service.js';
import { ConfigurationChanges } from '../configuration/configuration-changes.service.js';
import { credentialDefinition } from './credential-definition.js';
import { CredentialSecrets } from './credential-secrets.service.js';

/** Gives credentials new secrets while the ones before are still in use. */
@Injectable()
export class CredentialRotation {
  constructor(
    private readonly changes: ConfigurationChanges,
    private readonly objects: ConfigObjects,
    private readonly secrets: CredentialSecrets,
  ) {}

  /**
   * @param overlap seconds for which the secret before stays good
   * @throws Problem 404, 412, and 409 where there is no secret to rotate
   */
  async rotate(id: string, overlap: number, terms: WriteTerms): Promise<WrittenObject> {
    const shownOnce = await this.changes.change(terms.author, (draft) => {
      const before = draft.get('credentials', id);
      demandMatch(terms.ifMatch, this.objects.bodyOf(before));
      const definition = credentialDefinition.parse(before.definition);
      const renewed = this.secrets.renew(definition, Date.now() + overlap * 1_000);
      if (!renewed)
        throw new Problem(409, 'A certificate is no secret: make another credential for the new one.');
      draft.put('credentials', renewed.definition, before);
      return renewed.shownOnce;
    });
    return { body: this.objects.bodyOf(await this.objects.read('credentials', id)), shownOnce };
  }
}
