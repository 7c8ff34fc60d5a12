import { applyDecorators, createParamDecorator, type ExecutionContext, UseGuards } from '@nestjs/common';
import {
  AudiencePath,
  type GuardedRequest,
  NeededScopes,
  OpenToAll,
  ProtectedApiGuard,
} from './protected-api.guard.js';
import type { Caller } from './route-guard.js';

/**
 * Protects a controller that the gateway itself serves by access tokens of the auth-server (RFC 6750).
 * @param path the audience a token needs is the gateway's URL with this after it, e.g. `/badges`
 */
export function ProtectedApi(path: string): ClassDecorator {
  return applyDecorators(AudiencePath(path), UseGuards(ProtectedApiGuard));
}

/** The scopes a caller needs, all of them. On a method it replaces what the class says. */
export function RequireScopes(...scopes: string[]) {
  return NeededScopes(scopes);
}

/** Lets anybody call a method of a protected controller. */
export function Public() {
  return OpenToAll(true);
}

/** Parameter of a protected method: who calls. On a public one it is undefined. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext) => {
  return context.switchToHttp().getRequest<GuardedRequest>().caller satisfies Caller | undefined;
});

/** Parameter of a protected method: the claims of the caller's token. On a public one it is undefined. */
export const CurrentToken = createParamDecorator((_: unknown, context: ExecutionContext) => {
  return context.switchToHttp().getRequest<GuardedRequest>().caller?.claims satisfies Caller['claims'];
});
