import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { isReserved, oneSpelling } from './field-names.js';

/** Fields that no caller and no policy says to upstreams: the gateway's own, and the one by which proxies tell it of certificates. */
@Injectable()
export class ReservedFields {
  private readonly certificate: string | undefined;

  constructor(@Inject(CONFIG) { clientCertHeader }: Config) {
    this.certificate = clientCertHeader === undefined ? undefined : oneSpelling(clientCertHeader);
  }

  /** @param name in lower case */
  readonly has = (name: string): boolean => isReserved(name) || oneSpelling(name) === this.certificate;
}
