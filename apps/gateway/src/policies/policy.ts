import type { Duplex } from 'node:stream';
import type { FieldFault, Problem } from '@gatehouse/http';
import { DiscoveryService } from '@nestjs/core';
import type { z } from 'zod';
import type { Answer, AnswerHead, OutgoingRequest } from '../calls/answer.js';
import type { Call } from '../calls/call.js';

type Now<Value> = Value | Promise<Value>;

/**
 * What a policy does to a call, step by step; each hook is optional, and one that is absent costs nothing. Hooks run in
 * the order in which the chain names the policies; those of the answer in the reverse order. A hook that throws a
 * `Problem` ends the call with it; one that returns an `Answer` ends it with that.
 */
export interface PolicyHooks {
  /** Before the guards: nobody knows yet who calls. For preflights, refusals, redirects. */
  onArrival?(call: Call): Now<Answer | void>;
  /** After guards and limits, before anything is sent to the upstream. */
  onRequest?(call: Call, request: OutgoingRequest): Now<Answer | void>;
  /**
   * The whole body of the request; the largest `bodyLimit` of those that want it bounds it. Returns what is sent instead.
   * Not for requests that `wantsRequestBody` declines.
   */
  onRequestBody?(call: Call, request: OutgoingRequest, body: Buffer): Now<Buffer | Answer>;
  /** Whether this request's body is to be read whole; asked after `onRequest`. Left out: every one. */
  wantsRequestBody?(call: Call): boolean;
  /** A stream that the body of the request goes through, or nothing for this call. */
  onRequestStream?(call: Call, request: OutgoingRequest): Duplex | undefined;
  /** The head of the answer, whoever gave it: the upstream, a policy, or the gateway itself (an error). */
  onResponse?(call: Call, head: AnswerHead): Now<Answer | void>;
  /** The whole body of an answer that has one. Not for those that `wantsResponseBody` declines. */
  onResponseBody?(call: Call, head: AnswerHead, body: Buffer): Now<Buffer>;
  /** Whether this answer's body is to be read whole. Left out: every one. */
  wantsResponseBody?(call: Call, head: AnswerHead): boolean;
  /** A stream that the body of the answer goes through, or nothing for this one. */
  onResponseStream?(call: Call, head: AnswerHead): Duplex | undefined;
  /** The call failed: an answer to give in place of the problem. */
  onError?(call: Call, problem: Problem): Now<Answer | void>;
  /** The answer is sent, or the caller has gone. */
  onFinish?(call: Call): void;
  /** Whether `onArrival` answers preflights (Fetch §3.2.2): those for the methods of its route then come to it. */
  readonly answersPreflights?: boolean;
  /** Whether the policy is for this call at all, which `when` decides. Left out: for every one. */
  isFor?(call: Call): boolean;
  /** The largest body, in bytes, that `onRequestBody` and `onResponseBody` take. Default 1 MiB. */
  readonly bodyLimit?: number;
}

/** Where a policy stands: for what it compiles. */
export interface PolicyPlace {
  /** The route's name; a policy of an API or of all routes is created once for each route. */
  readonly route: string;
  /** The name of the API that the route belongs to. */
  readonly api: string | undefined;
  /** The OpenAPI document of that API. */
  readonly document?: object | undefined;
}

/**
 * One kind of policy. Make it known by `@Policy('…')` on a provider of any module; routes, APIs and the gateway's own
 * chain then name it in `policies`: `{"type": "…", …settings}`. The built-in ones use the same door.
 */
export interface PolicyType<Settings = unknown> {
  /** Checks what stands beside `type`, when it is written and when it is loaded. */
  readonly settings: z.ZodType<Settings>;
  /** What is wrong with settings that are good by themselves, at this place. */
  faults?(settings: Settings, place: PolicyPlace): FieldFault[];
  /** Called when a configuration goes live: everything that can be worked out once belongs here. */
  create(settings: Settings, place: PolicyPlace): PolicyHooks;
}

/** Marks a `PolicyType`; the argument is the `type` by which chains name it. */
export const Policy = DiscoveryService.createDecorator<string>();
