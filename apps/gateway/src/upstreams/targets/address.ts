import type { TargetDefinition, UpstreamDefinition } from '../upstream-definition.js';

/** Where one server of an upstream is. */
export interface Address {
  /** Host and port: what it is called in metrics, in the log and by the admin API. */
  readonly name: string;
  /** What is connected to: a name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** As a URL has it; its host may be another name than what is connected to. */
  readonly origin: string;
  /** Without a slash at its end. */
  readonly basePath: string;
  readonly weight: number;
}

const DEFAULT_PORTS: Record<string, number> = { 'http:': 80, 'https:': 443 };

export function addressOfUrl(text: string, weight = 1): Address {
  const url = new URL(text);
  return {
    name: url.host,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || DEFAULT_PORTS[url.protocol]!,
    origin: url.origin,
    basePath: url.pathname.replace(/\/+$/, ''),
    weight,
  };
}

export function addressOfTarget(
  { url, host, port, weight }: TargetDefinition,
  { scheme, path }: Pick<UpstreamDefinition, 'scheme' | 'path'>,
): Address {
  if (url !== undefined) return addressOfUrl(url, weight);
  return addressOfUrl(`${scheme}://${bracketed(host!)}:${port}${path}`, weight);
}

/** A server that was found under a name: that name, not its address, is what `Host` and its certificate are about. */
export function addressFound(
  found: { readonly address: string; readonly port: number; readonly weight: number },
  name: string,
  { scheme, path }: Pick<UpstreamDefinition, 'scheme' | 'path'>,
): Address {
  const { address, port, weight } = found;
  const named = addressOfUrl(`${scheme}://${name}:${port}${path}`, weight);
  return { ...named, name: `${bracketed(address)}:${port}`, host: address };
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
