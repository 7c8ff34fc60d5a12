import { randomUUID } from 'node:crypto';
import { Problem } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { DataSource, type EntityManager, QueryFailedError, type Repository } from 'typeorm';
import { RouteGuards } from '../guards/route-guards.service.js';
import { Policies } from '../policies/policies.service.js';
import type { RouteDefinition } from './route-definition.js';
import { RouteRow } from './route.entity.js';
import { RoutesInForce } from './routes-in-force.service.js';

/** Writes routes. Each write raises the configuration's version, by which every replica learns of it. */
@Injectable()
export class RoutesService {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @InjectRepository(RouteRow) private readonly repository: Repository<RouteRow>,
    private readonly guards: RouteGuards,
    private readonly policies: Policies,
    private readonly inForce: RoutesInForce,
  ) {}

  /** A page of routes by name, beginning after `cursor`. */
  list(cursor: string, limit: number): Promise<RouteRow[]> {
    return this.repository
      .createQueryBuilder('route')
      .where('route.name > :cursor', { cursor })
      .orderBy('route.name')
      .limit(limit)
      .getMany();
  }

  /** @throws Problem 404 */
  async get(id: string): Promise<RouteRow> {
    const row = UUID.test(id) ? await this.repository.findOneBy({ id }) : null;
    if (!row) throw new Problem(404, 'There is no route with this id.');
    return row;
  }

  /** @throws Problem 409 when the name is taken, 422 when a guard cannot be used */
  async create(definition: RouteDefinition): Promise<RouteRow> {
    this.check(definition);
    const { name } = definition;
    const row = Object.assign(new RouteRow(), { id: randomUUID(), name, definition });
    await this.write((manager) => manager.insert(RouteRow, row as never));
    return this.get(row.id);
  }

  /** @throws Problem 404, 409, 422 */
  async replace(id: string, definition: RouteDefinition): Promise<RouteRow> {
    this.check(definition);
    await this.get(id);
    const changed = { name: definition.name, definition: definition as never, updatedAt: new Date() };
    await this.write((manager) => manager.update(RouteRow, { id }, changed));
    return this.get(id);
  }

  /** @throws Problem 404 */
  async delete(id: string): Promise<void> {
    await this.get(id);
    await this.write((manager) => manager.delete(RouteRow, { id }));
  }

  private check(definition: RouteDefinition): void {
    const errors = [...this.guards.faults(definition.guards), ...this.policies.faults(definition.policies)];
    if (errors.length > 0) throw new Problem(422, 'Some members of the request cannot be used.', { errors });
  }

  private async write(work: (manager: EntityManager) => Promise<unknown>): Promise<void> {
    try {
      await this.database.transaction(async (manager) => {
        await work(manager);
        await manager.query('UPDATE gateway.config_version SET version = version + 1');
      });
    } catch (error) {
      const constraint =
        error instanceof QueryFailedError
          ? (error.driverError as { constraint?: string }).constraint
          : undefined;
      if (constraint !== 'route_name') throw error;
      throw new Problem(409, 'Another route has this name.', {
        errors: [{ pointer: '/name', detail: 'is taken' }],
      });
    }
    await this.inForce.refresh();
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
