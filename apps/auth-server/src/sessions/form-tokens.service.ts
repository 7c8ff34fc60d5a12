import { createHmac } from 'node:crypto';
import { deriveKey, equalSecrets } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';

/** The values that the forms of this server send along, so that nobody else's form is taken for one (RFC 6749 §10.12). */
@Injectable()
export class FormTokens {
  private readonly key: Buffer;

  constructor(@Inject(CONFIG) config: Config) {
    this.key = deriveKey(config.secret, 'forms');
  }

  /**
   * @param browser the secret of the browser that the form is shown in
   * @param form what the form is, and all that its answer must be bound to
   */
  issue(browser: string, ...form: string[]): string {
    return createHmac('sha256', this.key)
      .update(JSON.stringify([browser, ...form]))
      .digest('base64url');
  }

  /** Whether `sent` was issued to this browser for this form. */
  matches(sent: unknown, browser: string, ...form: string[]): boolean {
    return typeof sent === 'string' && equalSecrets(sent, this.issue(browser, ...form));
  }
}
