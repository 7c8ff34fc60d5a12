import { Problem } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import type { IncomingCall } from '../calls/incoming-call.js';
import { type Caller, RedirectAnswer } from '../guards/route-guard.js';
import { type Authenticate, RouteGuards } from '../guards/route-guards.service.js';
import type { RouteDefinition } from './route-definition.js';
import { RoutesInForce } from './routes-in-force.service.js';

/** Who calls, as the guards of a route see it, where the request is for the gateway itself. */
@Injectable()
export class RouteCallers {
  private readonly known = new WeakMap<RouteDefinition, { readonly by: Authenticate | undefined }>();

  constructor(
    private readonly routes: RoutesInForce,
    private readonly guards: RouteGuards,
  ) {}

  /**
   * @param request with the credentials that a call to the route has
   * @throws Problem 404 where no route of this name asks who calls, and as its guards have it
   */
  async at(name: string, request: IncomingCall): Promise<{ caller: Caller; definition: RouteDefinition }> {
    const definition = this.routes.definitions.find((one) => one.name === name);
    // A public route tells nobody apart.
    const authenticate = definition && this.authenticate(definition);
    if (!authenticate) throw new Problem(404, 'No route of this name asks who calls.');
    try {
      return { caller: await authenticate(request), definition };
    } catch (refusal) {
      if (!(refusal instanceof RedirectAnswer)) throw refusal;
      throw new Problem(401, 'Sign in first.');
    }
  }

  private authenticate(definition: RouteDefinition): Authenticate | undefined {
    const known = this.known.get(definition);
    if (known) return known.by;
    const by = this.guards.compileAll(definition.guards);
    this.known.set(definition, { by });
    return by;
  }
}
