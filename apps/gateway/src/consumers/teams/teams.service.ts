import { Injectable } from '@nestjs/common';
import { type Configuration, PerConfiguration } from '../../configuration/config-kind.js';
import type { Caller } from '../../guards/route-guard.js';
import { OWN_ISSUER } from '../../tokens/issuer-definition.js';
import { clientKeys } from '../consumers.kind.js';
import type { TeamDefinition } from './team-definition.js';
import { TeamKind } from './team.kind.js';

/** The names of the teams that a caller is in. */
export type TeamsOf = (caller: Caller) => ReadonlySet<string>;

/** Somebody at an issuer, by its name. */
export type User = Required<Pick<Caller, 'issuer' | 'subject'>>;

/** Who is in which team. */
@Injectable()
export class Teams {
  private readonly made = new PerConfiguration((configuration) =>
    teamsOf([...configuration.of(this.kind).values()].map(({ definition }) => definition)),
  );

  constructor(private readonly kind: TeamKind) {}

  of(configuration: Configuration): TeamsOf {
    return this.made.of(configuration);
  }
}

function teamsOf(teams: readonly TeamDefinition[]): TeamsOf {
  const [users, clients, consumers] = [new Memberships(), new Memberships(), new Memberships()];
  for (const team of teams) {
    for (const key of userKeys(team)) users.add(key, team);
    for (const key of clientKeys(team)) clients.add(key, team);
    for (const consumer of team.consumers) consumers.add(consumer, team);
  }
  return ({ subject, clientId, consumer, issuer, team }) =>
    new Set([
      ...(team === undefined ? users.of(subject && atIssuer(subject, issuer)) : [team]),
      ...clients.of(clientId && atIssuer(clientId, issuer)),
      ...consumers.of(consumer),
    ]);
}

/** Whether somebody is among the members of a team. */
export function hasMember(team: TeamDefinition, { issuer, subject }: User): boolean {
  return userKeys(team).includes(atIssuer(subject, issuer));
}

function userKeys({ members }: TeamDefinition): string[] {
  return members.map((one) => (typeof one === 'string' ? atIssuer(one) : atIssuer(one.subject, one.issuer)));
}

/** As `clientKey` has it: subjects, too, are unique at their issuer alone. */
function atIssuer(id: string, issuer: string = OWN_ISSUER): string {
  return JSON.stringify([issuer, id]);
}

class Memberships {
  private readonly teams = new Map<string, string[]>();

  add(key: string, { name }: TeamDefinition): void {
    this.teams.set(key, [...this.of(key), name]);
  }

  of(key: string | undefined): readonly string[] {
    return (key === undefined ? undefined : this.teams.get(key)) ?? [];
  }
}
