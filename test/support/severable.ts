import net, { type AddressInfo } from 'node:net';

/** A TCP proxy before a server that a test makes unreachable and reachable again. */
export interface Severable {
  readonly port: number;
  /** Ends all connections, and refuses new ones. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  stop(): Promise<void>;
}

export async function severable(target: { host: string; port: number }): Promise<Severable> {
  const sockets = new Set<net.Socket>();
  const connect = (incoming: net.Socket) => {
    const outgoing = net.connect(target.port, target.host);
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  };
  let server = net.createServer(connect);
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const cut = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    port,
    cut,
    mend: async () => {
      server = net.createServer(connect);
      await listen(port);
    },
    stop: async () => {
      if (server.listening) await cut();
    },
  };
}

/** A PostgreSQL URL by way of the proxy. */
export async function severableDatabase(url: string): Promise<Severable & { readonly url: string }> {
  const target = new URL(url);
  const proxy = await severable({ host: target.hostname, port: Number(target.port || 5432) });
  target.hostname = '127.0.0.1';
  target.port = String(proxy.port);
  return { ...proxy, url: target.href };
}
