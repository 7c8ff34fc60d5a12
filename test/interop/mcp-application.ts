import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import type { OAuthClientInformationMixed, OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';

export const REDIRECT_URL = 'http://127.0.0.1:8767/callback';

/** What the SDK asks of an application: to keep things, and to open a browser. */
export class Application implements OAuthClientProvider {
  readonly redirectUrl = REDIRECT_URL;
  readonly clientMetadata = { client_name: 'An MCP client', redirect_uris: [REDIRECT_URL] };
  client: OAuthClientInformationMixed | undefined;
  sentTo: URL | undefined;
  private kept: OAuthTokens | undefined;
  private verifier = '';
  private discovered: unknown;

  clientInformation = () => this.client;
  saveClientInformation = (client: OAuthClientInformationMixed) => void (this.client = client);
  tokens = () => this.kept;
  saveTokens = (tokens: OAuthTokens) => void (this.kept = tokens);
  discoveryState = () => this.discovered as never;
  saveDiscoveryState = (state: unknown) => void (this.discovered = state);
  redirectToAuthorization = (url: URL) => void (this.sentTo = url);
  saveCodeVerifier = (verifier: string) => void (this.verifier = verifier);
  codeVerifier = () => this.verifier;
}
