import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In } from 'typeorm';
import { Client } from '../clients/client.entity.js';

/** The clients of a session as they are registered now; those that are gone are left out. */
@Injectable()
export class SessionApplications {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  async find(clientIds: readonly string[]): Promise<Client[]> {
    if (clientIds.length === 0) return [];
    return this.database.getRepository(Client).findBy({ clientId: In([...clientIds]) });
  }
}
