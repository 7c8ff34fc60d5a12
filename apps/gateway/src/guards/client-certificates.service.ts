import {
  type ClientCertificate,
  ClientCertificateReader,
  Problem,
  UnreadableCertificateError,
} from '@gatehouse/http';
import { Inject, Injectable } from '@nestjs/common';
import type { IncomingCall } from '../calls/incoming-call.js';
import { CONFIG, type Config } from '../config.js';

/** The certificates that callers present, in TLS or by a trusted proxy. */
@Injectable()
export class ClientCertificates {
  /** The header of proxies that has it, which is never forwarded; undefined: none is read. */
  readonly header: string | undefined;
  private readonly reader: ClientCertificateReader;

  constructor(@Inject(CONFIG) { clientCertHeader, trustProxy }: Config) {
    this.header = clientCertHeader;
    this.reader = new ClientCertificateReader(clientCertHeader, trustProxy);
  }

  /** Undefined when the caller presented none. @throws Problem 400 when the proxy's header cannot be read */
  of(call: IncomingCall): ClientCertificate | undefined {
    try {
      return this.reader.of(call.raw);
    } catch (error) {
      if (!(error instanceof UnreadableCertificateError)) throw error;
      throw new Problem(400, `${error.message}.`);
    }
  }
}
