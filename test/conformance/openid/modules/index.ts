import type { Module } from '../plan.js';
import { claims } from './claims.js';
import { discovery } from './discovery.js';
import { idToken } from './id-token.js';
import { requestObjects } from './request-objects.js';
import { response } from './response.js';
import { sessions } from './sessions.js';
import { tokens } from './tokens.js';
import { userinfo } from './userinfo.js';

/** The modules that several plans of OpenID Connect Core have. */
export const CORE_MODULES: Readonly<Record<string, Module>> = {
  ...response,
  ...idToken,
  ...userinfo,
  ...claims,
  ...sessions,
  ...tokens,
  ...requestObjects,
  ...discovery,
};
