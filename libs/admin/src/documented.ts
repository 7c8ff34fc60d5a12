import { Reflector } from '@nestjs/core';
import type { ZodType } from 'zod';

/** What the OpenAPI document says of an endpoint of the admin API, besides what its Nest decorators say. */
export interface EndpointDocumentation {
  readonly summary: string;
  readonly query?: ZodType;
  readonly body?: ZodType;
  /** The body of the answer; absent where there is none. */
  readonly answer?: ZodType;
}

/** Describes an endpoint of the admin API; one without it fails a test. */
export const Documented = Reflector.createDecorator<EndpointDocumentation>();
