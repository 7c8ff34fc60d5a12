import { CORE_MODULES } from './modules/index.js';
import { clientSites } from './modules/client-sites.js';
import { registration } from './modules/registration.js';
import { runModules } from './plan.js';

runModules(
  'oidcc-dynamic-certification-test-plan',
  { responseType: 'code', registration: 'dynamic' },
  { ...CORE_MODULES, ...registration, ...clientSites },
  [
    'oidcc-idtoken-rs256',
    'oidcc-idtoken-unsigned',
    'oidcc-userinfo-rs256',
    'oidcc-ensure-redirect-uri-in-authorization-request',
    'oidcc-redirect-uri-query-OK',
    'oidcc-redirect-uri-query-mismatch',
    'oidcc-redirect-uri-query-added',
    'oidcc-redirect-uri-regfrag',
    'oidcc-server',
    'oidcc-registration-logo-uri',
    'oidcc-registration-policy-uri',
    'oidcc-registration-tos-uri',
    'oidcc-registration-jwks-uri',
    'oidcc-registration-sector-uri',
    'oidcc-registration-sector-bad',
    'oidcc-server-rotate-keys',
    'oidcc-refresh-token-rp-key-rotation',
    'oidcc-request-uri-unsigned',
    'oidcc-request-uri-signed-rs256',
    'oidcc-ensure-request-object-with-redirect-uri',
    'oidcc-refresh-token',
    'oidcc-ensure-client-assertion-with-iss-aud-succeeds',
  ],
  { GATEHOUSE_REGISTRATION: 'open', GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true' },
);
