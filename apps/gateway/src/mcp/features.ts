import type { McpEndpoint } from './endpoint.js';
import type { Feature } from './feature.js';
import { CompletionFeature } from './completion/completion.feature.js';
import { LoggingFeature } from './logging/logging.feature.js';
import { PromptsFeature } from './prompts/prompts.feature.js';
import { ServerRequests } from './requests/server-requests.js';
import { ResourcesFeature } from './resources/resources.feature.js';
import { ToolsFeature } from './tools/tools.feature.js';

/** What an endpoint can do: where all of its servers are APIs, they have tools alone. */
export function featuresOf(endpoint: McpEndpoint): readonly Feature[] {
  const requests = new ServerRequests(endpoint);
  const tools = new ToolsFeature(endpoint, requests);
  const servers = endpoint.servers.filter(({ backend }) => backend.context);
  if (servers.length === 0) return [tools];
  return [
    tools,
    new ResourcesFeature(servers, requests),
    new PromptsFeature(endpoint, servers, requests),
    new CompletionFeature(endpoint, requests),
    ...(servers.some(({ logs }) => logs) ? [new LoggingFeature(endpoint)] : []),
  ];
}
