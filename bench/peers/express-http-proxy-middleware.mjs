/** express with http-proxy-middleware, with connections kept alive. Arguments: port, upstream. */
import { Agent } from 'node:http';
import express from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';

const [port, upstream] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
express()
  .disable('x-powered-by')
  .use(createProxyMiddleware({ target: upstream, agent, changeOrigin: true, logger: undefined }))
  .listen(Number(port), '127.0.0.1');
