import { join } from 'node:path';
import { readAuthorities } from './certificate-authorities.js';

const file = (name: string) => join(process.cwd(), 'test/auth-server/certificates', name);

describe('GATEHOUSE_CLIENT_CA_FILE', () => {
  it('is read', () => expect(readAuthorities(file('authority.pem'))).toHaveLength(1));

  it.each(['missing.pem', 'client.pem', 'client.key'])('%s is told at the start', (name) => {
    expect(() => readAuthorities(file(name))).toThrow('GATEHOUSE_CLIENT_CA_FILE');
  });
});
