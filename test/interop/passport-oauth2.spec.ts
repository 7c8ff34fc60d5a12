import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import session from 'express-session';
import { Passport } from 'passport';
import OAuth2Strategy from 'passport-oauth2';
import { Browser } from '../../examples/demo-flow/src/browser.js';
import { passThrough } from '../../examples/demo-flow/src/sign-in.js';
import { adminToken, register } from '../e2e/authorization.js';
import { type GatewayUnderTest, startGateway } from '../gateway/gateway.js';

interface Result {
  accessToken: string;
  refreshToken: string;
}

describe('passport-oauth2 1.8 as it comes', () => {
  let gateway: GatewayUnderTest;
  let app: Server;
  let url: string;

  beforeAll(async () => {
    gateway = await startGateway();
    const web = express();
    app = web.listen(0, '127.0.0.1');
    await once(app, 'listening');
    url = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
    const { demo } = gateway;
    const client = await register(demo, await adminToken(demo), { redirect_uris: [`${url}/callback`] });
    const passport = new Passport();
    passport.use(
      new OAuth2Strategy(
        {
          authorizationURL: `${demo.issuer}/oauth2/authorize`,
          tokenURL: `${demo.issuer}/oauth2/token`,
          clientID: client.client_id,
          clientSecret: client.client_secret,
          callbackURL: `${url}/callback`,
          scope: ['openid', 'offline_access', 'demo:read'],
          state: true,
          // Its types know only `boolean`; its own documentation names 'S256'.
          pkce: 'S256' as unknown as boolean,
        },
        (accessToken: string, refreshToken: string, _profile: unknown, done: (e: null, u: object) => void) =>
          done(null, { accessToken, refreshToken } satisfies Result),
      ),
    );
    web.use(session({ secret: 'of the test', resave: false, saveUninitialized: false }));
    web.get('/login', passport.authenticate('oauth2', { session: false }));
    web.get('/callback', passport.authenticate('oauth2', { session: false }), (request, response) => {
      response.json(request.user);
    });
  });
  afterAll(async () => {
    app.close();
    await gateway.stop();
  });

  it('signs in with its own state and PKCE, and the token opens the API', async () => {
    const page = await passThrough(new Browser(), `${url}/login`, gateway.demo.user);
    const { accessToken, refreshToken } = JSON.parse(page.body) as Result;
    expect(refreshToken).toMatch(/./);
    const call = await fetch(gateway.demo.api.url, { headers: { authorization: `Bearer ${accessToken}` } });
    expect(call.status).toBe(200);
  });
});
