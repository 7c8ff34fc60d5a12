import { UsersService } from '../../../apps/auth-server/src/users/users.service.js';
import type { AuthServer } from '../../auth-server/auth-server.js';
import { PASSWORD } from '../../auth-server/people.js';

export interface Person {
  readonly id: string;
  readonly username: string;
}

let people = 0;

/** A user with a value for each claim of the standard scopes (OpenID Connect Core §5.1). */
export async function newPerson(server: AuthServer): Promise<Person> {
  const username = `person-${(people += 1)}@example.com`;
  const { id } = await server.get(UsersService).create({
    username,
    password: PASSWORD,
    name: 'Ada Lovelace',
    email: username,
    emailVerified: true,
    profile: {
      given_name: 'Ada',
      family_name: 'Lovelace',
      locale: 'en-GB',
      address: { locality: 'London', country: 'GB' },
      phone_number: '+44 20 7946 0000',
      phone_number_verified: true,
    },
  });
  return { id, username };
}
