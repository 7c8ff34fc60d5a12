import type { Socket } from 'node:net';

const LINGER_MS = 2_000;

/** Destroys a socket that has been ended, when its peer has not closed it after a moment: it might never. */
export function closeSoon(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(timer));
}
