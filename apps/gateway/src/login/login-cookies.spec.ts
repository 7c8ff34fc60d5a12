import { type CookieSettings, LoginCookies } from './login-cookies.js';

const SECRET = 's'.repeat(43);

function cookiesOf(url: string, settings: Partial<CookieSettings> = {}): LoginCookies {
  return new LoginCookies({ secure: url.startsWith('https:'), suffix: '', maxAge: 60, ...settings });
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
    expect(cookiesOf('http://localhost:8080').session(`gh_gw_session=${value}`)).toBeUndefined();
  });

  it('each login client has a session cookie of its own', () => {
    const line = cookiesOf('https://gateway.example', { suffix: 'staff' }).sessionCookie(SECRET);
    expect(line).toMatch(/^__Host-gh_gw_session_staff=/);
    expect(cookiesOf('https://gateway.example').session(line)).toBeUndefined();
  });

  it.each([
    [{ sameSite: 'none' }, 'SameSite=None; Secure; Max-Age=60'],
    [{ sameSite: 'lax' }, 'SameSite=Lax; Secure; Max-Age=60'],
    [{ maxAge: undefined }, 'SameSite=Lax; Secure'],
  ] as const)('%j', (settings, end) => {
    const line = cookiesOf('https://gateway.example', settings).sessionCookie(SECRET);
    expect(line).toBe(`__Host-gh_gw_session=${SECRET}; Path=/; HttpOnly; ${end}`);
  });
});
