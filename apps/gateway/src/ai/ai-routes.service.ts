import type { FieldFault, Problem } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import type { Answer } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import type { Configuration } from '../configuration/config-kind.js';
import type { Authenticate } from '../guards/route-guards.service.js';
import type { Route } from '../routes/route-table.js';
import type { AiEndDefinition } from './ai-end-definition.js';
import { type AiCallAccounts, AiUpstream } from './ai-upstream.js';
import { AiBudgets, type RouteBudgets } from './budgets/ai-budgets.service.js';
import type { Spender } from './budgets/budget.js';
import type { ExtraAccounts } from './budgets/extra-accounts.js';
import { AiCaches } from './cache/ai-caches.service.js';
import { AiContents } from './contents/ai-contents.service.js';
import { DIALECTS } from './dialects-by-name.js';
import { problemAnswer } from './errors/problem-answer.js';
import { AiFiles } from './files/ai-files.service.js';
import { AiGuardrails } from './guardrails/ai-guardrails.service.js';
import { CallGuardrails } from './guardrails/call-guardrails.js';
import { AiModelKind } from './models/ai-model.kind.js';
import { type AiModel, AiModels } from './models/ai-models.service.js';
import { callerDialect } from './operations/caller-dialect.js';
import { operationAt } from './operations/operation.js';
import { AiPrompts } from './prompts/ai-prompts.service.js';
import { RoutePrompts } from './prompts/route-prompts.js';
import { AiCallObservers } from './records/ai-call-observer.js';
import type { AiCallRecord } from './records/ai-call-record.js';
import { readSdkCredential } from './sdk-credentials.js';

/** Routes whose calls are for AI models. */
@Injectable()
export class AiRoutes {
  constructor(
    private readonly kind: AiModelKind,
    private readonly models: AiModels,
    private readonly observers: AiCallObservers,
    private readonly budgets: AiBudgets,
    private readonly caches: AiCaches,
    private readonly guardrails: AiGuardrails,
    private readonly prompts: AiPrompts,
    private readonly contents: AiContents,
    private readonly files: AiFiles,
  ) {}

  faults(definition: AiEndDefinition, configuration: Configuration): FieldFault[] {
    const { models = [], budgets, guardrails, prompts, contents } = definition;
    const known = configuration.of(this.kind);
    const missing = models.flatMap((name, index) => {
      if (known.has(name)) return [];
      return [{ pointer: `/ai/models/${index}`, detail: 'names no AI model: create it first' }];
    });
    return [
      ...missing,
      ...this.budgets.faults(budgets, configuration),
      ...this.caches.faults(definition, configuration),
      ...this.guardrails.faults(guardrails, configuration),
      ...this.prompts.faults(prompts, configuration),
      ...this.contents.faults(contents),
      ...this.files.faults(definition, configuration),
    ];
  }

  /** Who answers the calls of a route. @param route its name */
  end(route: string, definition: AiEndDefinition, configuration: Configuration): Pick<Route, 'choose'> {
    const all = this.models.of(configuration);
    const models = allowed(all, definition);
    const budgets = this.budgets.of(definition.budgets, configuration);
    const accounts: ExtraAccounts = {
      begun: (aiCall, call) => {
        aiCall.teams = budgets.teamsOf(call.caller);
        this.observers.begun(aiCall, call);
      },
      reserve: (spending) => this.budgets.reserve(budgets, spending),
    };
    const cache = this.caches.of(route, definition.cache, configuration, accounts);
    const look: AiCallAccounts['look'] = (asked, gone) => cache.look(asked, gone);
    const rails = this.guardrails.of(definition.guardrails, configuration);
    const guard: AiCallAccounts['guard'] =
      rails && ((aiCall, call, contents) => new CallGuardrails(rails, call, aiCall, accounts, contents));
    const { contents } = definition;
    const store: AiCallAccounts['store'] = contents?.store
      ? (aiCall, call) => this.contents.begun(call, aiCall, contents)
      : undefined;
    const prompts = new RoutePrompts(this.prompts.of(definition.prompts, configuration), all);
    const files = this.files.of(definition, configuration, {
      teamsOf: budgets.teamsOf,
      demandRest: (spender) => this.budgets.demandRest(budgets, spender),
      charge: (spender, record, requests) => this.charge(budgets, spender, record, requests),
    });
    const demandOwnFiles: AiCallAccounts['demandOwnFiles'] =
      definition.foreign_files === 'allow' ? undefined : (spending) => this.files.demandOwn(spending);
    const along = { ...accounts, look, guard, store, demandOwnFiles };
    const upstream = new AiUpstream(definition, models, along, prompts, files);
    const destination = { upstream, part: undefined };
    return { choose: () => destination };
  }

  /** What was used already is told, and charged to budgets that can no longer refuse it. */
  private async charge(budgets: RouteBudgets, spender: Spender, record: AiCallRecord, requests: number) {
    const reservation = await this.budgets.charge(budgets, spender, record, requests);
    this.observers.tell({ ...record, reservation });
  }
}

/** Whoever publishes prompts has to say so where callers may ask models anything else. */
function allowed(
  all: ReadonlyMap<string, AiModel>,
  { models, prompts }: AiEndDefinition,
): ReadonlyMap<string, AiModel> {
  if (models === undefined && prompts.length === 0) return all;
  return new Map((models ?? []).map((name) => [name, all.get(name)!]));
}

/**
 * The path that says what is asked. SDKs put it behind a base URL, of which the route may match any part: a path that is an
 * operation as a whole counts as it is.
 * @param below what the route makes of the path
 */
export function operationPath(below: Route['forwardedPath']): Route['forwardedPath'] {
  return (call) => (operationAt(call.method, call.path) ? call.path : below(call));
}

/** Callers may say who they are in any way that an SDK does. */
export function authenticateSdk(authenticate: Authenticate): Authenticate {
  return (call) => {
    readSdkCredential(call.headers);
    return authenticate(call);
  };
}

/** What callers are told of a problem. */
export function aiProblem(call: Call, problem: Problem): Answer {
  const dialect = callerDialect(call.method, pathOf(call), call.headers);
  return problemAnswer(problem, DIALECTS[dialect]);
}

/** What is wrong may be that a rewrite makes no path of it. */
function pathOf(call: Call): string {
  try {
    return call.route.forwardedPath(call);
  } catch {
    return call.path;
  }
}
