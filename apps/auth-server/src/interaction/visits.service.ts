import { OAuthError } from '@gatehouse/http';
import { hashOf } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AuthorizeService, type Step } from '../authorize/authorize.service.js';
import type { Client } from '../clients/client.entity.js';
import { ClientsService } from '../clients/clients.service.js';
import { CONFIG, type Config } from '../config.js';
import { BrowserCookies } from '../sessions/browser-cookies.js';
import { FormTokens } from '../sessions/form-tokens.service.js';
import { isSameOrigin } from '../sessions/same-origin.js';
import { type LoginSession, SessionsService } from '../sessions/sessions.service.js';
import type { FormContext } from './form-context.js';
import { expired, foreign, notFromItsPage } from './interaction-errors.js';
import { OWN_CLIENT, OWN_CLIENT_ID } from './own-client.js';
import { type Interaction, InteractionsService } from './interactions.service.js';

/** An interaction with all that is known about it at one request. */
export interface Visit {
  readonly id: string;
  readonly browser: string;
  readonly interaction: Interaction;
  readonly client: Client;
  readonly session: LoginSession | undefined;
  /** An error where the person can do nothing more: it goes to the client. */
  readonly step: Step | OAuthError;
}

/** The body of a post. */
export type Form = Readonly<Record<string, unknown>> | undefined;

/** Tells whether a request for an interaction's page comes from the person whose it is. */
@Injectable()
export class Visits {
  private readonly origin: string;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly interactions: InteractionsService,
    private readonly authorization: AuthorizeService,
    private readonly clients: ClientsService,
    private readonly sessions: SessionsService,
    private readonly cookies: BrowserCookies,
    private readonly formTokens: FormTokens,
  ) {
    this.origin = new URL(config.issuer).origin;
  }

  /** @throws PageError when there is no such interaction, or it is another browser's */
  async read(id: string, request: FastifyRequest): Promise<Visit> {
    const interaction = await this.interactions.find(id);
    if (!interaction) throw expired();
    const { clientId } = interaction.request;
    const client = clientId === OWN_CLIENT_ID ? OWN_CLIENT : await this.clients.find(clientId);
    const browser = this.cookies.browser(request);
    if (browser === undefined || !this.interactions.isOf(interaction, browser)) {
      throw foreign(client, browser !== undefined);
    }
    if (!client) throw expired();
    const secret = this.cookies.session(request);
    const session = await this.sessions.find(secret);
    const justNow = secret !== undefined && interaction.login === hashOf(secret);
    const step = await this.step(interaction, client, session, justNow);
    return { id, browser, interaction, client, session, step };
  }

  private async step(
    { request }: Interaction,
    client: Client,
    session: LoginSession | undefined,
    justNow: boolean,
  ): Promise<Step | OAuthError> {
    try {
      return await this.authorization.nextStep(request, client, session, justNow);
    } catch (error) {
      if (error instanceof OAuthError) return error;
      throw error;
    }
  }

  /** As `read`, for a post. @throws PageError when it does not come from the interaction's page (RFC 6749 §10.12) */
  async readPost(id: string, request: FastifyRequest, form: Form): Promise<Visit> {
    const visit = await this.read(id, request);
    if (!isSameOrigin(request, this.origin) || !this.formTokens.matches(form?.csrf, visit.browser, id)) {
      throw notFromItsPage(pathOf(id));
    }
    return visit;
  }

  /** As `readPost`, for the consent form, which holds only for the person it was shown to. */
  async readConsent(id: string, request: FastifyRequest, form: Form): Promise<Visit> {
    const visit = await this.read(id, request);
    const { browser, session } = visit;
    const isOfPerson = this.formTokens.matches(form?.csrf, browser, id, 'consent', session?.userId ?? '');
    if (!isSameOrigin(request, this.origin) || !isOfPerson) throw notFromItsPage(pathOf(id));
    return visit;
  }

  formContext({ id, browser, client, interaction }: Visit): FormContext {
    return {
      path: pathOf(id),
      csrf: this.formTokens.issue(browser, id),
      clientName: client.metadata.client_name ?? client.clientId,
      redirectUri: interaction.request.redirectUri,
      lang: interaction.request.lang,
    };
  }

  consentCsrf({ id, browser, session }: Visit): string {
    return this.formTokens.issue(browser, id, 'consent', session!.userId);
  }
}

/** Where an interaction's pages are. */
export function pathOf(id: string): string {
  return `/interaction/${encodeURIComponent(id)}`;
}
