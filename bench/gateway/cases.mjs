/** The cases: what is loaded side by side, and which ratios are told. Names are those of the report. */

const path = '/answer';

export function casesOf(stage) {
  const { gatehouse, recording, few, many, peers, authorizations, opaque } = stage;
  const gateway = (route, more = {}) => ({
    program: gatehouse.gatewayProgram,
    url: `${gatehouse.gateway}/${route}`,
    authorizations,
    ...more,
  });
  const recorded = (route, more = {}) => ({
    program: recording.program,
    url: `${recording.url}/${route}`,
    authorizations,
    ...more,
  });
  const peer = (one, at = path) => ({ ...one, url: one.url + at, authorizations });
  const jwt = 'gateway: JWT + scope + throttle';
  return {
    plain: {
      targets: {
        'gateway: plain': gateway(`plain${path}`),
        'nginx as proxy': peer(peers.nginx),
        'bare undici proxy': peer(peers.bare),
        '@fastify/http-proxy': peer(peers.fastify),
        'express + http-proxy-middleware': peer(peers.express),
      },
      ratios: [
        ['gateway: plain', 'nginx as proxy'],
        ['gateway: plain', 'bare undici proxy', 0.7],
        ['gateway: plain', '@fastify/http-proxy'],
        ['gateway: plain', 'express + http-proxy-middleware'],
      ],
    },
    guarded: {
      targets: {
        'gateway: JWT + scope': gateway(`scope${path}`),
        [jwt]: gateway(`limited${path}`),
        'gateway: + analytics': recorded(`limited${path}`),
        'nginx + auth_request': peer(peers.authRequest),
        'bare undici proxy': peer(peers.bare),
      },
      ratios: [
        [jwt, 'nginx + auth_request', 1.5],
        [jwt, 'bare undici proxy', 0.7],
        ['gateway: + analytics', 'bare undici proxy'],
      ],
    },
    routes: {
      targets: {
        'gateway: 10 routes': { ...few, authorizations },
        'gateway: 10 000 routes': { ...many, authorizations },
      },
      ratios: [['gateway: 10 000 routes', 'gateway: 10 routes', 0.95]],
    },
    opaque: {
      targets: {
        'gateway: opaque token': gateway(`opaque${path}`, { authorizations: opaque }),
        'gateway: JWT + scope': gateway(`scope${path}`),
      },
      ratios: [['gateway: opaque token', 'gateway: JWT + scope']],
    },
    large: {
      targets: {
        'gateway: 1 MiB answers': gateway('files/mebibyte'),
        'bare undici proxy: 1 MiB answers': peer(peers.bareFiles, '/mebibyte'),
      },
      ratios: [['gateway: 1 MiB answers', 'bare undici proxy: 1 MiB answers']],
    },
    events: {
      targets: {
        'gateway: 50 events': gateway('events/x'),
        'bare undici proxy: 50 events': peer(peers.bareEvents),
      },
      ratios: [['gateway: 50 events', 'bare undici proxy: 50 events']],
    },
    tls: {
      targets: {
        'gateway: TLS': { ...recorded(`plain${path}`), url: `${recording.tlsUrl}/plain${path}` },
        'nginx: TLS': peer(peers.nginxTls),
      },
      ratios: [['gateway: TLS', 'nginx: TLS']],
    },
  };
}
