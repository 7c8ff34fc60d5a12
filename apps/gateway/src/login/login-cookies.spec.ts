import type { FastifyRequest } from 'fastify';
import type { Config } from '../config.js';
import { LoginCookies } from './login-cookies.js';

const SECRET = 's'.repeat(43);

function cookiesOf(gatewayUrl: string): LoginCookies {
  return new LoginCookies({ gatewayUrl } as Config);
}

describe('cookies of the login', () => {
  it('on https they are Secure and __Host- (RFC 6265bis §4.1.3.2)', () => {
    const cookies = cookiesOf('https://gateway.example');
    expect(cookies.sessionCookie(SECRET)).toMatch(/^__Host-gh_gw_session=s{43}; Path=\/; HttpOnly; .*Secure/);
    const [login] = cookies.loginCookies(undefined, 'state', SECRET);
    expect(login).toMatch(/^__Host-gh_gw_login_[\w-]{12}=s{43}; .*Secure; Max-Age=600$/);
    expect(cookies.login(login, 'state')).toBe(SECRET);
  });

  it('each login has one of its own', () => {
    const cookies = cookiesOf('http://localhost:8080');
    const [one] = cookies.loginCookies(undefined, 'state 1', SECRET);
    expect(cookies.login(one, 'state 1')).toBe(SECRET);
    expect(cookies.login(one, 'state 2')).toBeUndefined();
  });

  it('beyond ten, those of logins that were never finished go', () => {
    const cookies = cookiesOf('http://localhost:8080');
    const open = Array.from({ length: 10 }, (_, i) => cookies.loginCookies('', `state ${i}`, SECRET)[0]!);
    const header = open.map((line) => line.split(';', 1)[0]).join('; ');
    const lines = cookies.loginCookies(header, 'one more', SECRET);
    expect(lines.filter((line) => line.endsWith('Max-Age=0'))).toHaveLength(10);
    expect(cookies.login(lines.at(-1)!, 'one more')).toBe(SECRET);
  });

  it.each(['short', '', `${SECRET}"`])('a session cookie of another shape counts for none: %j', (value) => {
    const request = { headers: { cookie: `gh_gw_session=${value}` } } as FastifyRequest;
    expect(cookiesOf('http://localhost:8080').session(request)).toBeUndefined();
  });
});
