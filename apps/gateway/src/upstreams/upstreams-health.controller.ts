import { Problem } from '@gatehouse/http';
import { Controller, Get, Param } from '@nestjs/common';
import { AdminApi } from '../admin/admin-api.js';
import type { Target } from './targets/target.js';
import { Upstreams } from './upstreams.service.js';

/** What this replica thinks of the servers of an upstream, and why. */
@Controller('admin/v1/upstreams')
@AdminApi()
export class UpstreamsHealthController {
  constructor(private readonly upstreams: Upstreams) {}

  @Get(':name/health')
  health(@Param('name') name: string) {
    const upstream = this.upstreams.find(name);
    if (!upstream) throw new Problem(404, 'No upstream in force has this name.');
    return {
      name,
      circuit: upstream.breaker?.state ?? null,
      discovery_fault: upstream.discoveryFault ?? null,
      targets: upstream.targets.all.map(targetBody),
    };
  }
}

function targetBody(target: Target) {
  return {
    target: target.name,
    state: stateOf(target),
    reason: target.up ? null : (target.reason ?? null),
    ejected_until: target.ejectedUntil > 0 ? new Date(target.ejectedUntil).toISOString() : null,
    weight: target.weight,
    active: target.active,
    pending: target.pending,
    connections: target.open,
    requests: target.requests,
    errors: target.errors,
    retries: target.retries,
    ejections: target.ejections,
  };
}

/** `unchecked`: no check is asked for, or none was answered yet; it gets calls. */
function stateOf({ well, ejectedUntil }: Target): 'healthy' | 'unhealthy' | 'ejected' | 'unchecked' {
  if (well === false) return 'unhealthy';
  if (ejectedUntil > 0) return 'ejected';
  return well === undefined ? 'unchecked' : 'healthy';
}
