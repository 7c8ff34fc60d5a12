import { parseScope } from '@gatehouse/token';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { GatehouseAuthGuard } from './gatehouse-auth.guard.js';
import { LoginFailedError } from './login-failed.js';
import { loginScopes } from './login-path.js';
import type { PassportRequest } from './passport-request.js';
import { readReturnTo } from './return-to.js';

const MAX_SCOPE = 1_024;

/** Begins a login: passport-oauth2 makes the authorization request (RFC 6749 §4.1.1), with state and PKCE. */
@Injectable()
export class LoginStartGuard extends GatehouseAuthGuard {
  protected override async prepare(request: PassportRequest, query: Record<string, unknown>): Promise<void> {
    const { return_to: asked = '/', scope = '' } = query;
    const returnTo = readReturnTo(asked);
    if (returnTo === undefined) throw badLink('return_to must be a path of this site.');
    const scopes = typeof scope === 'string' && scope.length <= MAX_SCOPE ? parseScope(scope) : undefined;
    if (!scopes) throw badLink('scope must be scope tokens separated by single spaces.');
    request.login = { returnTo, scopes: loginScopes(scopes) };
  }

  override getAuthenticateOptions(context: ExecutionContext) {
    const { login } = this.getRequest(context);
    // As an object, `state` is what the state store is given to keep.
    return { scope: [...login!.scopes], state: login as never };
  }
}

function badLink(detail: string): LoginFailedError {
  const text = 'The link that brought you here is wrong, so it is not followed.';
  return new LoginFailedError({ status: 400, title: 'You cannot sign in from here.', text, detail });
}
