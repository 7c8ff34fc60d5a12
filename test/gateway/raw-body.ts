import http from 'node:http';

/** A GET whose body is left as it comes: encoded. */
export function rawBody(
  url: string,
  path: string,
  headers: http.OutgoingHttpHeaders,
): Promise<{ status: number; headers: http.IncomingHttpHeaders; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const request = http.get({ hostname, port, path, headers, agent: false }, (response) => {
      response.toArray().then((chunks: Buffer[]) => {
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) });
      }, reject);
    });
    request.on('error', reject);
  });
}
