import { type Page, pageHeaders, renderPage } from '@gatehouse/pages';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { Passport } from 'passport';
import { callApi, revoke } from './gatehouse-calls.js';
import { GatehouseStrategy, type GatehouseOptions, type SignedIn } from './gatehouse-strategy.js';
import { failurePage, homePage, welcomePage } from './pages.js';
import { sessions } from './sessions.js';

/** What the app is told at the start. */
export interface AppOptions {
  gatehouse: GatehouseOptions;
  /** The demo API as the browser would see it: shown. */
  apiUrl: string;
  /** The same through the gateway's internal address: called. */
  apiInternalUrl: string;
}

/** The demo's web app. */
export function createApp({ gatehouse, apiUrl, apiInternalUrl }: AppOptions): Express {
  const app = express().disable('x-powered-by');
  const passport = new Passport();
  passport.use(new GatehouseStrategy(gatehouse));
  passport.serializeUser((user, done) => done(null, user));
  passport.deserializeUser((user: SignedIn, done) => done(null, user));

  app.get('/health', (_request, response) => void response.json({ status: 'ok' }));
  app.use(sessions(gatehouse.callback.startsWith('https:')), passport.session(), refuseForeignPosts);
  app.get('/', (request, response) => {
    const user = request.user as SignedIn | undefined;
    send(response, user === undefined ? welcomePage(gatehouse.issuer) : homePage(user, apiUrl));
  });
  app.get('/login', passport.authenticate('gatehouse'));
  app.get('/callback', (request, response, next) => {
    // passport gives the browser a new session at sign-in (session fixation).
    passport.authenticate(
      'gatehouse',
      (error: unknown, user: Express.User | false, info?: { message?: string }) => {
        if (error) return next(error);
        if (!user) return send(response.status(403), failurePage(info?.message ?? 'You were not signed in.'));
        request.logIn(user, (failure: unknown) => (failure ? next(failure) : response.redirect(303, '/')));
      },
    )(request, response, next);
  });
  app.post('/call', async (request, response) => {
    const user = request.user as SignedIn | undefined;
    if (user === undefined) return response.redirect(303, '/');
    send(response, homePage(user, apiUrl, await callApi(apiInternalUrl, user.accessToken)));
  });
  app.post('/logout', async (request, response) => {
    const user = request.user as SignedIn | undefined;
    if (user !== undefined) await revoke(gatehouse, user.accessToken);
    request.session.destroy(() => response.clearCookie('gh_demo_session').redirect(303, '/'));
  });
  app.use((_request, response) => send(response.status(404), failurePage('There is no such page.')));
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    console.error('demo-app:', error instanceof Error ? error.message : error);
    send(response.status(502), failurePage('Gatehouse could not complete the sign-in. Please try again.'));
  });
  return app;
}

/** Cookies on localhost are sent by pages of every port: a form of another origin must not act for the user. */
function refuseForeignPosts(request: Request, response: Response, next: NextFunction): void {
  const site = request.get('sec-fetch-site');
  if (request.method !== 'POST' || site === undefined || site === 'same-origin') return next();
  send(response.status(403), failurePage('That form was not this page’s.'));
}

function send(response: Response, page: Page): void {
  response.set(pageHeaders(page)).send(renderPage(page));
}
